// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { checkFacts } from '../src/check.ts';
import { extractFacts } from '../src/extract.ts';
import type { SiteSpec } from '../src/facts.ts';
import { FAIR, FEATURES, YIELD, YIELD_TO, kernel, reader, site } from './kernel.ts';

const EARLY = site('t.early', 'update_curr_fair', ['\tupdate_curr(rq);']);
const SITES = [EARLY, YIELD, YIELD_TO];

/** Records FAIR's facts, then checks them against a changed one. */
function check(fair: string, sites: readonly SiteSpec[] = SITES, later: readonly SiteSpec[] = sites) {
  const recorded = extractFacts({ tree: '6.12', read: kernel(), sites, features: FEATURES });
  if (!recorded.ok) throw new Error('fixture');
  const report = checkFacts(recorded.value, { root: '/src', read: kernel(fair), sites: later, features: FEATURES });
  if (!report.ok) throw new Error(report.diagnostics[0]?.message);
  return { entries: report.value.entries, diagnostics: report.diagnostics };
}

describe('checkFacts', () => {
  it('finds nothing in the tree the facts came from', () => {
    expect(check(FAIR)).toEqual({ entries: [], diagnostics: [] });
  });

  it('warns of hunks that moved', () => {
    const { entries, diagnostics } = check(FAIR.replace('/*\n * Yields.', '/*\n * More\n * and more.\n * Yields.'), [YIELD, YIELD_TO]);
    expect(entries).toEqual([{ kind: 'moved', by: 2, file: 'kernel/sched/fair.c', line: 15, newLine: 17, sites: ['t.yield', 't.yieldTo'] }]);
    expect(diagnostics).toMatchObject([{ code: 'TREE_DRIFT', severity: 'warning', at: { file: '/src/kernel/sched/fair.c', line: 17 } }]);
  });

  it('shows the diff where context changed', () => {
    const { entries, diagnostics } = check(FAIR.replace('update_rq_clock(rq);', 'update_rq_clock(rq);\n\tupdate_curr(cfs_rq);'));
    expect(entries).toMatchObject([{ kind: 'context', touchesContext: true, line: 15, newLine: 15 }]);
    expect(entries[0]).toHaveProperty('diff', expect.stringContaining('\n@@ -18,6 +18,7 @@ static void yield_task_fair(struct rq *rq)\n'));
    expect(entries[0]).toHaveProperty('diff', expect.stringContaining('\n+\tupdate_curr(cfs_rq);\n'));
    expect(diagnostics).toMatchObject([{ code: 'TREE_DRIFT', severity: 'error' }]);
  });

  it('only warns where the change is beyond what a hunk carries', () => {
    const { diagnostics } = check(FAIR.replace('\tstruct task_struct *curr = rq->curr;\n\n\tif (rq->nr_running == 1)', '\tstruct task_struct *curr = rq->curr;\n\n\tif (rq->nr_running <= 1)'), [YIELD]);
    expect(diagnostics).toMatchObject([{ severity: 'error' }]);
    const far = check(FAIR.replace('\n\n\tif (rq->nr_running == 1)', '\n\t\n\tif (rq->nr_running == 1)'), [YIELD]);
    expect(far.diagnostics).toMatchObject([{ severity: 'warning' }]);
    expect(far.entries).toMatchObject([{ kind: 'context', touchesContext: false }]);
  });

  it('says which site was lost, what is near it, and what its hunk reads now', () => {
    const { entries, diagnostics } = check(`\n${FAIR.replace('clear_buddies(cfs_rq, se)', 'clear_all_buddies(cfs_rq)')}`, SITES);
    const lost = entries.find((entry) => entry.kind === 'lost');
    expect(lost).toMatchObject({ site: 't.yield', file: 'kernel/sched/fair.c', line: 19, diagnostic: { code: 'TREE_ANCHOR_MISSING' } });
    expect(lost).toHaveProperty('diff', expect.stringContaining('\n-\tclear_buddies(cfs_rq, se);\n+\tclear_all_buddies(cfs_rq);\n'));
    expect(diagnostics.find((d) => d.message.includes('lost'))).toMatchObject({ code: 'TREE_DRIFT', severity: 'error', at: { line: 20 } });
  });

  it('tells ambiguous sites from lost ones', () => {
    const { entries } = check(FAIR.replace('\tse->deadline += 1;', '\tclear_buddies(cfs_rq, se);'));
    expect(entries).toContainEqual(expect.objectContaining({ kind: 'ambiguous', site: 't.yield' }));
  });

  it('compares features', () => {
    const { entries, diagnostics } = check(`${FAIR}\n/* set_skip_buddy(se) */\n`);
    expect(entries).toEqual([{ kind: 'feature', name: 't.skip', was: false, now: true }]);
    expect(diagnostics[0]?.message).toContain('feature t.skip was absent, is present');
  });

  it('notices sites that were added, taken away or bound elsewhere', () => {
    expect(check(FAIR, [YIELD], [YIELD, YIELD_TO]).entries).toEqual([{ kind: 'unrecorded', site: 't.yieldTo' }]);
    expect(check(FAIR, [YIELD, YIELD_TO], [YIELD]).entries).toContainEqual({ kind: 'dropped', site: 't.yieldTo' });
    const respelled = { ...YIELD, anchors: [{ variant: 'new', lines: YIELD.anchors[0]?.lines ?? [] }] };
    expect(check(FAIR, [YIELD], [respelled]).entries).toMatchObject([{ kind: 'rebound', was: { variant: 'only' }, now: { variant: 'new' } }]);
  });

  it('fails where there is no kernel', () => {
    const recorded = extractFacts({ tree: '6.12', read: kernel(), sites: [], features: [] });
    if (!recorded.ok) throw new Error('fixture');
    expect(checkFacts(recorded.value, { read: reader({}), sites: [], features: [] })).toMatchObject({ ok: false, diagnostics: [{ code: 'TREE_NOT_KERNEL' }] });
  });
});
