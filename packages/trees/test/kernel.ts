// SPDX-License-Identifier: MIT
import type { ReadTreeFile } from '../src/source-set.ts';
import type { FeatureSpec, SiteSpec } from '../src/facts.ts';

/** The files every kernel has at its top. */
export const TOP = {
  Makefile: '# SPDX-License-Identifier: GPL-2.0\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\nNAME = Test\n',
  Kconfig: 'mainmenu "Linux"\n',
  MAINTAINERS: 'List of maintainers\n',
};

/** A little scheduler: two functions in kernel style and some comment lines to push them about. */
export const FAIR = `// SPDX-License-Identifier: GPL-2.0
#include "sched.h"

static void update_curr_fair(struct rq *rq)
{
	update_curr(rq);
}

/*
 * Yields.
 */
static void yield_task_fair(struct rq *rq)
{
	struct task_struct *curr = rq->curr;

	if (rq->nr_running == 1)
		return;

	clear_buddies(cfs_rq, se);
	update_rq_clock(rq);
	rq_clock_skip_update(rq);
	se->deadline += 1;
}

static bool yield_to_task_fair(struct rq *rq, struct task_struct *p)
{
	set_next_buddy(&p->se);
	yield_task_fair(rq);
	return true;
}
`;

export const reader =
  (files: Readonly<Record<string, string>>): ReadTreeFile =>
  (path) =>
    files[path];

export const kernel = (fair: string = FAIR): ReadTreeFile => reader({ ...TOP, 'kernel/sched/fair.c': fair });

export function site(id: string, within: string | null, lines: readonly string[], more: Partial<SiteSpec> = {}): SiteSpec {
  return { id, files: ['kernel/sched/fair.c'], within, anchors: [{ variant: 'only', lines }], ...more };
}

export const YIELD = site('t.yield', 'yield_task_fair', ['\tclear_buddies(cfs_rq, se);']);
export const YIELD_TO = site('t.yieldTo', 'yield_to_task_fair', ['\tset_next_buddy(&p->se);', '\tyield_task_fair(rq);']);

export const FEATURES: readonly FeatureSpec[] = [
  { name: 't.buddies', files: ['kernel/sched/none.c', 'kernel/sched/fair.c'], pattern: /\bclear_buddies\(/ },
  { name: 't.skip', files: ['kernel/sched/fair.c'], pattern: /\bset_skip_buddy\(/ },
];
