// SPDX-License-Identifier: MIT
import { readJsonl, summarize, writeJsonl } from '@unspin/experiment';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../src/index.ts';
import { columnParts } from '../src/columns.ts';
import { cannedReport, wideReport } from './canned-report.ts';
import { tagErrors } from './well-formed.ts';

const { run, summary } = cannedReport();
const page = renderHtml(summary, run.cells);

describe('renderHtml', () => {
  it('is well-formed', () => expect(tagErrors(page)).toEqual([]));

  it('asks nothing of the network and runs nothing', () => {
    expect(page).not.toMatch(/https?:/);
    expect(page).not.toMatch(/<script|\son\w+=|@import|url\(/i);
    expect([...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map((m) => m[1] ?? '').filter((to) => !to.startsWith('#') && to !== 'data:,')).toEqual([]);
  });

  it('escapes what it is given', () => {
    expect(page).toContain('&lt;Made-up numbers.&gt;');
    expect(page).toContain('guest a: 0x1f &lt;TLB&gt;');
    expect(page).not.toContain('<Made-up');
  });

  it('is the same bytes each time, whatever order cells ran in, and from the file', () => {
    const back = readJsonl(writeJsonl(run), 'r.jsonl');
    if (!back.ok) throw new Error('not read');
    const again = summarize(back.value.experiment, back.value.provenance, [...back.value.cells].reverse(), back.value);
    expect(again).toEqual(summary);
    expect(renderHtml(again, [...back.value.cells].reverse())).toBe(page);
  });

  it('holds its parts in order, each reachable from the head', () => {
    const ids = [...page.matchAll(/<section id="(\w+)"/g)].map((m) => m[1]);
    expect(ids).toEqual(['verdicts', 'time', 'effects', 'spread', 'latencies', 'fairness', 'vcpus', 'counters', 'reliability', 'setup', 'provenance']);
    expect([...page.matchAll(/<a href="#(\w+)"/g)].map((m) => m[1])).toEqual(ids);
  });

  it('splits tables that are too wide, and leaves no scenario and no counter out', () => {
    const wide = wideReport();
    const shown = renderHtml(wide.summary, wide.run.cells);
    expect(tagErrors(shown)).toEqual([]);
    const section = /<section id="counters">.*?<\/section>/s.exec(shown)?.[0] ?? '';
    expect([...section.matchAll(/<caption>([^<]*)/g)].map((m) => m[1])).toEqual([1, 2, 3, 4].map((part) => `7.2: median growth over seeds, part ${part} of 4`));
    const scenarios = Object.values(wide.run.experiment.scenarios).map((s) => s.title ?? '');
    expect(scenarios).toHaveLength(11);
    expect([...section.matchAll(/scope="colgroup" colspan="2">([^<]*)/g)].map((m) => m[1])).toEqual(scenarios);
    expect([...section.matchAll(/<th scope="row">/g)]).toHaveLength(4 * 22);
    expect(section).toContain('198 s');
  });

  it('names every chart for those who cannot see it', () => {
    const charts = [...page.matchAll(/<svg class="chart"[^>]*>/g)].map((m) => m[0]);
    expect(charts.length).toBeGreaterThan(50);
    expect(charts.filter((c) => !/role="img"/.test(c) || !/aria-label="[^"]{10,}"/.test(c))).toEqual([]);
  });

  it('says what virtual time leaves out, and which lab patches were in', () => {
    expect(page).toContain('There are no caches and no coherence traffic');
    expect(page).toContain('PAUSE filter in software');
  });

  it('tells what ran in the guests, with hashes', () => {
    const [p] = run.provenance;
    expect(page).toContain(`<dt>images</dt><dd><code>${p!.imagesSha256?.slice(0, 12)}</code>`);
    expect(page).toMatch(/<li>busybox: busybox-static 1:1\.35\.0-4\+b3 <code>[0-9a-f]{12}<\/code><\/li><li>hackbench: of no Debian package <code>/);
    expect(page).toContain(`<li>PAUSE filter in software <code>${p!.labPatches[1]?.sha256?.slice(0, 12)}</code></li>`);
  });

  it('does with results that were written before these were kept', () => {
    const old = run.provenance.map(({ imagesSha256: _images, guestPrograms: _programs, ...rest }) => ({ ...rest, labPatches: rest.labPatches.map(({ name }) => ({ name })) }));
    const shown = renderHtml(summarize(run.experiment, old, run.cells, run), run.cells);
    expect(tagErrors(shown)).toEqual([]);
    expect(shown).toContain('<li>PAUSE filter in software</li>');
    expect(shown).not.toContain('<dt>images</dt>');
  });

  it('shows no effect of a mechanism that is never called', () => {
    const broken = cannedReport({ neverCalled: true });
    const shown = renderHtml(broken.summary, broken.run.cells);
    expect(shown).toContain('This is the negative control');
    expect(shown).toContain('6.12, two VMs, hackbench: time of the load');
    expect(shown).toMatch(/6\.12, two VMs, hackbench: time of the load [^<]*no effect shown/);
    expect(shown.replaceAll('<wbr>', '')).not.toContain('deboost.applied');
    expect(page.replaceAll('<wbr>', '')).toContain('deboost.applied');
  });

  it('does with nothing: no results, no comparison, one VM', () => {
    const empty = summarize(run.experiment, [], []);
    expect(tagErrors(renderHtml(empty, []))).toEqual([]);
    const { summary: alone, run: aloneRun } = cannedReport({ change: { compare: [], trees: ['6.12'], seeds: 1 } });
    const shown = renderHtml(alone, aloneRun.cells);
    expect(tagErrors(shown)).toEqual([]);
    expect(shown).toContain('No arms are compared');
  });

  it('says what the clock means that it ran on', () => {
    const { summary: threads, run: threadsRun } = cannedReport({ change: { clock: 'threads' } });
    const shown = renderHtml(threads, threadsRun.cells);
    expect(shown).toContain('Times hold the load of the machine');
    expect(renderHtml(summary, run.cells)).not.toContain('Times hold the load of the machine');
  });
});

describe('columnParts', () => {
  const widths = (scenarios: number, arms: number): number[][] => columnParts(Array.from({ length: scenarios }, (_, i) => `s${i}`), Array.from({ length: arms }, (_, i) => `a${i}`)).map((part) => part.map((of) => of.columns.length));
  it('keeps a scenario together, in parts of much the same width', () => {
    expect(widths(0, 2)).toEqual([]);
    expect(widths(3, 2)).toEqual([[2, 2, 2]]);
    expect(widths(4, 2)).toEqual([[2, 2], [2, 2]]);
    expect(widths(11, 2)).toEqual([[2, 2, 2], [2, 2, 2], [2, 2, 2], [2, 2]]);
    expect(widths(2, 4)).toEqual([[4], [4]]);
  });
  it('splits a scenario that alone is too wide', () => expect(widths(2, 8)).toEqual([[4], [4], [4], [4]]));
});
