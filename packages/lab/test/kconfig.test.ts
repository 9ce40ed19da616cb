// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatFragment, mergeRequests, parseDotConfig, parseFragment, policyRequests, unstuck } from '../src/kconfig.ts';

const parsed = (text: string) => {
  const result = parseFragment(text, 'x.config');
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('\n'));
  return result.value;
};

describe('fragments', () => {
  it('reads values, unset symbols and the optional mark', () => {
    const requests = parsed('# a comment\nCONFIG_SMP=y\n# optional: newer trees lack it\nCONFIG_SCHED_DEBUG=y\nCONFIG_KVM=m\n# CONFIG_BLOCK is not set\nCONFIG_NR_CPUS=64\n');
    expect(requests.map(({ symbol, value, optional, at }) => [symbol, value, optional, at.line])).toEqual([
      ['SMP', 'y', false, 2],
      ['SCHED_DEBUG', 'y', true, 4],
      ['KVM', 'm', false, 5],
      ['BLOCK', 'n', false, 6],
      ['NR_CPUS', '64', false, 7],
    ]);
  });

  it('reports every bad line at once', () => {
    const result = parseFragment('CONFIG_SMP=yes\nSMP=y\nCONFIG_KVM=m\nCONFIG_KVM=y\n', 'x.config');
    expect(result.ok).toBe(false);
    expect(result.diagnostics.map((d) => `${d.at?.line} ${d.code} ${d.message}`)).toEqual([
      '1 LAB_KCONFIG not a config line: CONFIG_SMP=yes',
      '2 LAB_KCONFIG not a config line: SMP=y',
      '4 LAB_KCONFIG CONFIG_KVM is set twice, first in line 3',
    ]);
  });

  it('lets later requests win and writes what kconfig reads', () => {
    const merged = mergeRequests(parsed('CONFIG_KVM=m\nCONFIG_KVM_WERROR=y\n'), policyRequests(['KVM_WERROR', 'KVM_AMD_LAB'], 'n'));
    expect(formatFragment(merged)).toBe('CONFIG_KVM=m\n# CONFIG_KVM_WERROR is not set\n# CONFIG_KVM_AMD_LAB is not set\n');
  });

  it('ships a base fragment that reads', () => {
    const requests = parsed(readFileSync(new URL('../configs/base.config', import.meta.url), 'utf8'));
    expect(requests.find((r) => r.symbol === 'KVM_WERROR')?.value).toBe('y');
    expect(requests.find((r) => r.symbol === 'SCHED_DEBUG')?.optional).toBe(true);
  });
});

describe('what sticks', () => {
  const dotConfig = parseDotConfig('#\n# Linux/x86 6.12.117 Kernel Configuration\n#\nCONFIG_SMP=y\n# CONFIG_KVM is not set\nCONFIG_NR_CPUS=8\nCONFIG_BLOCK=y\n');

  it('names each request the tree did not honour, at its line, optional ones apart', () => {
    const requests = parsed('CONFIG_SMP=y\nCONFIG_KVM=m\nCONFIG_NR_CPUS=64\n# CONFIG_BLOCK is not set\nCONFIG_NO_SUCH=n\n# optional\nCONFIG_SCHED_DEBUG=y\n');
    expect(unstuck(requests, dotConfig, '6.12').map((d) => `${d.at?.line} ${d.severity} ${d.message}`)).toEqual([
      '2 error 6.12: CONFIG_KVM=m did not stick: it is n',
      '3 error 6.12: CONFIG_NR_CPUS=64 did not stick: it is 8',
      '4 error 6.12: CONFIG_BLOCK=n did not stick: it is y',
    ]);
  });
});
