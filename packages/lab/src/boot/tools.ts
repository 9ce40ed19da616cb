// SPDX-License-Identifier: MIT
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fail, ok, type Diagnostic, type Result } from '@unspin/diagnostics';

/** A program or file the boots need at run time, and the Debian package that has it. */
export interface BootTool {
  readonly name: string;
  readonly debianPackage: string;
  /** Set where the tool is a file and not a program on PATH. */
  readonly file?: string;
}

export const BOOT_TOOLS = {
  qemu: { name: 'qemu-system-x86_64', debianPackage: 'qemu-system-x86' },
  busybox: { name: 'busybox', debianPackage: 'busybox-static' },
  hackbench: { name: 'hackbench', debianPackage: 'rt-tests' },
  cpio: { name: 'cpio', debianPackage: 'cpio' },
  gzip: { name: 'gzip', debianPackage: 'gzip' },
  ldd: { name: 'ldd', debianPackage: 'libc-bin' },
  gcc: { name: 'gcc', debianPackage: 'gcc' },
  libc: { name: 'libc.a', debianPackage: 'libc6-dev', file: '/usr/lib/x86_64-linux-gnu/libc.a' },
  // Only for experiments whose programs need them.
  dbench: { name: 'dbench', debianPackage: 'dbench' },
  dbenchLoad: { name: 'client.txt', debianPackage: 'dbench', file: '/usr/share/dbench/client.txt' },
  stressNg: { name: 'stress-ng', debianPackage: 'stress-ng' },
  pbzip2: { name: 'pbzip2', debianPackage: 'pbzip2' },
  wrk: { name: 'wrk', debianPackage: 'wrk' },
  apache: { name: '/usr/sbin/apache2', debianPackage: 'apache2-bin' },
  apacheMpmEvent: { name: 'mod_mpm_event.so', debianPackage: 'apache2-bin', file: '/usr/lib/apache2/modules/mod_mpm_event.so' },
  apacheAuthzCore: { name: 'mod_authz_core.so', debianPackage: 'apache2-bin', file: '/usr/lib/apache2/modules/mod_authz_core.so' },
} as const satisfies Record<string, BootTool>;

export type BootToolName = keyof typeof BOOT_TOOLS;

/** What every boot needs; the others are workloads of experiments. */
export const BASE_TOOLS = ['qemu', 'busybox', 'hackbench', 'cpio', 'gzip', 'ldd', 'gcc', 'libc'] as const satisfies readonly BootToolName[];

export function toolMissing(tool: BootTool): Diagnostic {
  return {
    code: 'LAB_TOOL_MISSING',
    severity: 'error',
    message: `${tool.name} not found`,
    help: `install the Debian package ${tool.debianPackage}: sudo apt-get install ${tool.debianPackage}`,
  };
}

function usable(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function locate(tool: BootTool, path: string): string | undefined {
  if (tool.file !== undefined) return usable(tool.file, constants.R_OK) ? tool.file : undefined;
  if (tool.name.includes('/')) return usable(tool.name, constants.X_OK) ? tool.name : undefined;
  return path
    .split(delimiter)
    .filter((dir) => dir !== '')
    .map((dir) => join(dir, tool.name))
    .find((candidate) => usable(candidate, constants.X_OK));
}

/** Absolute paths of the named tools, or one diagnostic for each that is missing. */
export function findTools<N extends BootToolName>(
  names: readonly N[],
  overrides: Partial<Record<BootToolName, string>> = {},
  path = process.env['PATH'] ?? '',
): Result<Readonly<Record<N, string>>> {
  const found: Partial<Record<N, string>> = {};
  const missing: Diagnostic[] = [];
  for (const name of names) {
    const tool: BootTool = BOOT_TOOLS[name];
    const override = overrides[name];
    const at = locate(override === undefined ? tool : { ...tool, name: override }, path);
    if (at === undefined) missing.push(toolMissing(override === undefined ? tool : { ...tool, name: override }));
    else found[name] = at;
  }
  return missing.length > 0 ? fail(missing) : ok(found as Record<N, string>);
}
