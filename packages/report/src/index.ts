// SPDX-License-Identifier: MIT
export { toReport } from './cases.ts';
export { CLOCK_NOTES, type ClockNote } from './clocks.ts';
export * from './compare.ts';
export { controlFaults, controlHolds, controlSentence } from './control.ts';
export { renderHtml } from './html.ts';
export { formatText } from './text.ts';
