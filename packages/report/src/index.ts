// SPDX-License-Identifier: MIT
export { renderHtml } from './html.ts';
