// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { archiveNames, normalizeEntries, parseLdd, writeInitramfs, type ImageEntry } from '../src/boot/initramfs.ts';
import { DEFAULT_LOAD, labConf } from '../src/boot/nest.ts';
import { findTools } from '../src/boot/tools.ts';

const dir = mkdtempSync(join(tmpdir(), 'unspin-initramfs-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const tools = findTools(['cpio', 'gzip']);

const text = (path: string, content: string): ImageEntry => ({ kind: 'text', path, text: content, mode: 0o644 });

describe('the initramfs', () => {
  it('finds libraries in the output of ldd', () => {
    const output = '\tlinux-vdso.so.1 (0x00007ffe)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f1)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f2)\n\tlibgone.so => not found\n';
    expect(parseLdd(output)).toEqual(['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2']);
  });

  it('has each path once, directories first', () => {
    const entries = normalizeEntries([text('b/x', '1'), text('a', '2'), text('b/x', '3')]);
    expect(entries.map((entry) => entry.path)).toEqual(['a', 'b/x']);
    expect(archiveNames(entries)).toEqual(['a', 'b', 'b/x']);
  });

  it.skipIf(!tools.ok)('is the same to the byte each time', async () => {
    if (!tools.ok) return;
    writeFileSync(join(dir, 'source'), 'copied');
    const entries: ImageEntry[] = [text('etc/conf', 'value'), { kind: 'copy', path: 'init', from: join(dir, 'source'), mode: 0o755 }];
    await writeInitramfs(entries, join(dir, 'one.gz'), tools.value);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await writeInitramfs([...entries].reverse(), join(dir, 'two.gz'), tools.value);
    const one = readFileSync(join(dir, 'one.gz'));
    expect(one.equals(readFileSync(join(dir, 'two.gz')))).toBe(true);
    expect(gunzipSync(one).toString('latin1')).toMatch(/^070701.*etc\0.*etc\/conf\0+value.*init\0+copied.*TRAILER!!!/s);
  });

  it('tells the inits what to do', () => {
    expect(labConf(DEFAULT_LOAD)).toContain("phases='off on'\nseconds='3'\n");
  });
});

describe('missing tools', () => {
  it('are all named at once, with their packages', () => {
    const result = findTools(['qemu', 'hackbench', 'busybox'], {}, '/nowhere');
    expect(result.ok ? [] : result.diagnostics.map((d) => [d.code, d.message, /package (\S+):/.exec(d.help ?? '')?.[1]])).toEqual([
      ['LAB_TOOL_MISSING', 'qemu-system-x86_64 not found', 'qemu-system-x86'],
      ['LAB_TOOL_MISSING', 'hackbench not found', 'rt-tests'],
      ['LAB_TOOL_MISSING', 'busybox not found', 'busybox-static'],
    ]);
  });
});
