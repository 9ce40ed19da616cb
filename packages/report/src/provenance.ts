// SPDX-License-Identifier: MIT
import type { GuestProgram, TreeProvenance } from '@unspin/experiment';

export const short = (sha256: string): string => sha256.slice(0, 12);

/** "rt-tests 2.4-2" */
export const originOf = ({ package: from }: GuestProgram): string => (from === undefined ? 'of no Debian package' : `${from.name} ${from.version}`);

export const patchText = ({ name, sha256 }: TreeProvenance['labPatches'][number]): string => (sha256 === undefined ? name : `${name} sha256:${short(sha256)}`);

/** A line for a tree: what was run in it, as short as it can be told apart from others. The page has all of it. */
export function provenanceText(p: TreeProvenance): string {
  const patches = p.patches.length === 0 ? 'no patches' : `${p.patches.length} patch${p.patches.length === 1 ? '' : 'es'}`;
  return [
    `${p.tree}: Linux ${p.version} with ${patches}, kernel ${short(p.kernelSha256)}`,
    ...(p.imagesSha256 === undefined ? [] : [`images ${short(p.imagesSha256)}`]),
    `QEMU ${p.qemu}, guests ${p.guestQemu}`,
    `lab-only patches: ${p.labPatches.length === 0 ? 'none' : p.labPatches.map(patchText).join(', ')}`,
    ...(p.guestPrograms === undefined || p.guestPrograms.length === 0 ? [] : [`in the images: ${p.guestPrograms.map((program) => `${program.name} (${originOf(program)})`).join(', ')}`]),
  ].join('; ');
}
