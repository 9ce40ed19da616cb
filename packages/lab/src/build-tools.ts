// SPDX-License-Identifier: MIT
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Diagnostic } from '@unspin/diagnostics';

interface BuildTool {
  readonly name: string;
  readonly debianPackage: string;
  /** For a header: where it may lie. A program is looked for in PATH. */
  readonly files?: readonly string[];
}

const header = (name: string): readonly string[] => ['/usr/include', '/usr/include/x86_64-linux-gnu', '/usr/local/include'].map((dir) => join(dir, name));

const BUILD_TOOLS: readonly BuildTool[] = [
  { name: 'make', debianPackage: 'make' },
  { name: 'gcc', debianPackage: 'gcc' },
  { name: 'ld', debianPackage: 'binutils' },
  { name: 'flex', debianPackage: 'flex' },
  { name: 'bison', debianPackage: 'bison' },
  { name: 'bc', debianPackage: 'bc' },
  { name: 'perl', debianPackage: 'perl' },
  { name: 'git', debianPackage: 'git' },
  { name: 'patch', debianPackage: 'patch' },
  { name: 'cpio', debianPackage: 'cpio' },
  { name: 'kmod', debianPackage: 'kmod' },
  { name: 'gelf.h', debianPackage: 'libelf-dev', files: header('gelf.h') },
  { name: 'openssl/ssl.h', debianPackage: 'libssl-dev', files: header('openssl/ssl.h') },
];

export interface ToolPlaces {
  readonly path: string;
  readonly usable: (file: string, mode: number) => boolean;
}

export const machinePlaces = (env: Readonly<Record<string, string | undefined>> = process.env): ToolPlaces => ({
  path: env['PATH'] ?? '',
  usable: (file, mode) => {
    try {
      accessSync(file, mode);
      return true;
    } catch {
      return false;
    }
  },
});

export const onPath = (name: string, places: ToolPlaces): boolean =>
  places.path
    .split(delimiter)
    .filter((dir) => dir !== '')
    .some((dir) => places.usable(join(dir, name), constants.X_OK));

/** One diagnostic that names everything a kernel build needs and does not find, or none. */
export function missingBuildTools(places: ToolPlaces): Diagnostic | undefined {
  const missing = BUILD_TOOLS.filter((tool) => (tool.files === undefined ? !onPath(tool.name, places) : !tool.files.some((file) => places.usable(file, constants.R_OK))));
  if (missing.length === 0) return undefined;
  const packages = [...new Set(missing.map((tool) => tool.debianPackage))].sort();
  return {
    code: 'LAB_TOOL_MISSING',
    severity: 'error',
    message: `building a kernel needs ${missing.map((tool) => tool.name).join(', ')}: not found`,
    help: `install the Debian package${packages.length > 1 ? 's' : ''}: sudo apt-get install ${packages.join(' ')}`,
  };
}
