// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { execa } from 'execa';
import type { GuestProgram } from '@unspin/experiment';
import { BOOT_TOOLS, type BootToolName } from '../boot/tools.ts';

interface Installed {
  readonly name: string;
  readonly version: string;
  readonly files: ReadonlySet<string>;
}

/** undefined: not installed, or no Debian. */
async function installed(name: string): Promise<Installed | undefined> {
  const [version, files] = await Promise.all([['-W', '-f=${Version}\\n'], ['-L']].map((args) => execa('dpkg-query', [...args, name], { reject: false })));
  const [first = ''] = version!.stdout?.split('\n') ?? [];
  return version!.failed || files!.failed || first === '' ? undefined : { name, version: first, files: new Set(files!.stdout.split('\n')) };
}

/** Where /bin is a link to /usr/bin, packages may still list their files without the /usr. */
const has = ({ files }: Installed, path: string): boolean => files.has(path) || files.has(path.replace(/^\/usr\//, '/'));

/** The files of packages among what an image is made of, in the order of their names. A version is only said of a file that the package has. */
export async function guestPrograms(found: Readonly<Partial<Record<BootToolName, string>>>): Promise<readonly GuestProgram[]> {
  const tools = Object.entries(found) as (readonly [BootToolName, string])[];
  const packages = new Map(await Promise.all([...new Set(tools.map(([tool]) => BOOT_TOOLS[tool].debianPackage))].map(async (name) => [name, await installed(name)] as const)));
  const programs = await Promise.all(
    tools.map(async ([tool, path]): Promise<GuestProgram> => {
      const real = await realpath(path);
      const from = packages.get(BOOT_TOOLS[tool].debianPackage);
      return {
        name: basename(BOOT_TOOLS[tool].name),
        sha256: createHash('sha256').update(await readFile(real)).digest('hex'),
        ...(from !== undefined && (has(from, path) || has(from, real)) ? { package: { name: from.name, version: from.version } } : {}),
      };
    }),
  );
  return programs.sort((a, b) => (a.name < b.name ? -1 : 1));
}
