// SPDX-License-Identifier: MIT
import { cellId, type CellResult, type Experiment, type Summary, type TreeProvenance, type VcpuTimes, type Vm } from '@unspin/experiment';
import { groupedTables, type Titled } from '../columns.ts';
import { cellKey, counterRows } from '../counters.ts';
import { html, table, type Markup } from '../markup.ts';
import { armTitle, scenarioTitle, vmTitle } from '../names.ts';
import { counted, digits, nanoseconds } from '../numbers.ts';
import { originOf, short } from '../provenance.ts';
import { reliabilitySentence, repeatSentence, unequalRetriesSentence } from '../sentences.ts';
import { vcpuTimes } from '../vcpu-times.ts';

export function counters(summary: Summary, results: readonly CellResult[]): Markup | undefined {
  const { experiment } = summary;
  const tables = experiment.trees.flatMap((tree) => {
    const rows = counterRows(results, tree).map(({ name, medians }) => ({
      head: html`<code>${breakable(name)}</code>`,
      cell: (scenario: string, arm: string) => show(name, medians.get(cellKey(scenario, arm))),
    }));
    if (rows.length === 0) return [];
    return groupedTables({ caption: `${tree}: median growth over seeds`, first: 'counter', groups: scenarioList(experiment), columns: armList(experiment), rows });
  });
  if (tables.length === 0) return undefined;
  return html`<section id="counters"><h2>Counters</h2><p class="note">Only those that moved; the mechanisms' own come first. A mechanism whose counters stay at 0 did nothing. “VMs:” is the sum over all VMs.</p>${tables}</section>`;
}

/** Who ran, and who waited to run. */
export function vcpus(summary: Summary, results: readonly CellResult[]): Markup | undefined {
  const { experiment } = summary;
  const all = vcpuTimes(experiment, results);
  if (all.length === 0) return undefined;
  const tables = experiment.trees.flatMap((tree) => {
    const rows = all.filter((row) => row.tree === tree).map((row) => ({
      head: `${scenarioTitle(experiment, row.scenario)}: ${vmTitle(row)}`,
      cell: (arm: string, time: string) => {
        const ns = row.arms.get(arm)?.[time as keyof VcpuTimes];
        return ns === undefined ? '–' : nanoseconds(ns);
      },
    }));
    return rows.length === 0 ? [] : groupedTables({ caption: `${tree}: vCPU times, median over seeds`, first: 'VM', groups: armList(experiment), columns: all.some((row) => [...row.arms.values()].some((times) => times.spinNs !== undefined)) ? [...TIMES, SPIN] : TIMES, rows });
  });
  return html`<section id="vcpus"><h2>vCPU times</h2><p class="note">While the load ran, all vCPUs of a VM together. Run: on a pCPU. Steal: ready to run, and waiting for one. Spin: the part of the run time spent in PAUSE loops, an estimate of the lab's host. A co-runner's times end with the load of the others.</p>${tables}</section>`;
}

type Time = Titled & { readonly name: keyof VcpuTimes };
const TIMES: readonly Time[] = [{ name: 'runNs', title: 'run' }, { name: 'stealNs', title: 'steal' }];
const SPIN: Time = { name: 'spinNs', title: 'spin' };
const scenarioList = (experiment: Experiment): Titled[] => Object.keys(experiment.scenarios).map((name) => ({ name, title: scenarioTitle(experiment, name) }));
const armList = (experiment: Experiment): Titled[] => Object.keys(experiment.arms).map((name) => ({ name, title: armTitle(experiment, name) }));

/** Where there is no room, a counter's name goes on in the next line after a part of it. */
const breakable = (name: string): Markup[] => name.split(/(?<=[._])/).map((part, i) => (i === 0 ? html`${part}` : html`<wbr>${part}`));

/** KVM says in a counter's name that it is a time. */
function show(name: string, value: number | undefined): string {
  if (value === undefined) return '–';
  return name.endsWith('_ns') && value >= 1 ? nanoseconds(value) : digits(value);
}

/** More rows would say no more. */
const MOST_FAILURES = 40;

export function reliability(summary: Summary): Markup {
  const { reliability: r, experiment, effects } = summary;
  const duplicates = effects.filter((e) => e.duplicates.length > 0).length;
  const arms = Object.entries(r.failedByArm).map(([arm, n]) => `${armTitle(experiment, arm)} ${n}`);
  const shown = r.failed.slice(0, MOST_FAILURES);
  const unequal = unequalRetriesSentence(summary);
  return html`<section id="reliability"><h2>Reliability</h2>
<p>${reliabilitySentence(summary)}</p>
${r.failed.length === 0 ? undefined : html`<p>Failures by arm: ${arms.join(', ')}. A seed of which either side failed is left out of the pairs.</p>
<div class="words">${table(`Failed cells${shown.length < r.failed.length ? `, the first ${shown.length} of ${r.failed.length}` : ''}`, ['cell', 'verdict', 'evidence'], shown.map((f) => [html`<code>${cellId(f.cell)}</code>`, f.verdict, f.evidence]))}</div>`}
${r.retried.length === 0 ? undefined : retries(summary)}
${unequal === undefined ? undefined : html`<p class="banner">${unequal}</p>`}
${duplicates === 0 ? undefined : html`<p class="banner">In ${counted(duplicates, 'comparison')} some seeds gave exactly what another seed gave. They count once.</p>`}
<p>${repeatSentence(summary)}</p>
</section>`;
}

/** Boots that failed, of cells that finished in the end too: a mechanism that loses guests loses them at any boot. */
function retries({ reliability: r, experiment }: Summary): Markup {
  const arms = Object.entries(r.failedBootsByArm).map(([arm, n]) => `${armTitle(experiment, arm)} ${n}`);
  const shown = r.retried.slice(0, MOST_FAILURES);
  return html`<p>Failed boots by arm, retries and boots of cells that finished in the end included: ${arms.length === 0 ? 'none' : arms.join(', ')}.</p>
<div class="words">${table(`Cells booted more than once${shown.length < r.retried.length ? `, the first ${shown.length} of ${r.retried.length}` : ''}`, ['cell', 'boots'], shown.map((c) => [html`<code>${cellId(c.cell)}</code>`, c.verdicts.join(', then ')]))}</div>`;
}

const described = (vm: Vm): string => {
  const { program, ...options } = vm.workload;
  const off = Object.entries(vm.features).filter(([, on]) => !on).map(([name]) => name);
  return [
    `${vm.name}: ${counted(vm.vCpus, 'vCPU')}, ${vm.memoryMib} MiB, ${program} (${Object.entries(options).map(([k, v]) => `${k} ${v}`).join(', ')})`,
    ...(vm.coRunner ? ['co-runner'] : []),
    ...(off.length > 0 ? [`without ${off.join(', ')}`] : []),
    ...(vm.kernelParameters.length > 0 ? [vm.kernelParameters.join(' ')] : []),
  ].join('; ');
};

/** What was run, in enough detail to run it again. */
export function setup({ experiment }: Summary): Markup {
  const arms = Object.entries(experiment.arms).map(([name, arm]): Entry => {
    const features = Object.entries(arm.features).map(([feature, on]) => `${feature} ${on ? 'on' : 'off'}`);
    const parts = [...arm.switches.map((s) => `${s} on`), ...features, ...arm.moduleParameters, ...arm.kernelParameters, ...arm.guestKernelParameters.map((p) => `guests: ${p}`)];
    return { name, title: armTitle(experiment, name), says: parts.length === 0 ? 'everything off' : parts.join(', ') };
  });
  const scenarios = Object.entries(experiment.scenarios).map(([name, { vms }]): Entry => ({ name, title: scenarioTitle(experiment, name), says: html`<ul>${vms.map((vm) => html`<li>${described(vm)}</li>`)}</ul>` }));
  const { host, policy } = experiment;
  return html`<section id="setup"><h2>What was run</h2>
<p>Host of ${counted(host.pCpus, 'pCPU')} and ${host.memoryMib} MiB. ${policy === undefined ? 'Unmodified kernel, but for the lab’s patches.' : `Series of the policy ${policy}${experiment.neverCalled ? ', with nothing calling its mechanisms' : ''}.`}
All arms of a tree run the same kernel binary.</p>
<h3>Arms</h3>${entries(arms)}<h3>Scenarios</h3>${entries(scenarios)}</section>`;
}

interface Entry {
  readonly name: string;
  readonly title: string;
  readonly says: string | Markup;
}

const entries = (list: readonly Entry[]): Markup => html`<dl>${list.map(({ name, title, says }) => html`<dt>${title}${title === name ? undefined : html` <code>${name}</code>`}</dt><dd>${says}</dd>\n`)}</dl>`;

export function provenance(summary: Summary): Markup {
  const { experiment, command } = summary;
  return html`<section id="provenance"><h2>Provenance</h2>
${command === '' ? undefined : html`<pre><code>${command}</code></pre>`}
<dl><dt>clock</dt><dd>${experiment.clock}</dd><dt>seeds</dt><dd>1 to ${experiment.seeds}</dd></dl>
${summary.provenance.map((p) => html`<h3>${p.tree}</h3>${tree(p)}`)}
<p class="note">Hashes are the first 12 digits of sha256. The results file holds them in full.</p></section>`;
}

const tree = (p: TreeProvenance): Markup => html`<dl>
<dt>kernel</dt><dd>${p.version}, <code>${short(p.kernelSha256)}</code></dd>
<dt>configuration</dt><dd><code>${short(p.configSha256)}</code></dd>
<dt>patches</dt><dd>${p.patches.length === 0 ? 'none' : html`<ul>${p.patches.map((patch) => html`<li>${patch.name} <code>${short(patch.sha256)}</code></li>`)}</ul>`}</dd>
<dt>lab-only patches</dt><dd>${p.labPatches.length === 0 ? 'none' : html`<ul>${p.labPatches.map((patch) => html`<li>${patch.name}${patch.sha256 === undefined ? undefined : html` <code>${short(patch.sha256)}</code>`}</li>`)}</ul>`}</dd>
<dt>compiler</dt><dd>${p.gcc}</dd>
<dt>QEMU</dt><dd>${p.qemu} for the host, ${p.guestQemu} for its guests</dd>
${p.imagesSha256 === undefined ? undefined : html`<dt>images</dt><dd><code>${short(p.imagesSha256)}</code>, of all that is in them</dd>`}
${p.guestPrograms === undefined ? undefined : html`<dt>of packages in them</dt><dd><ul>${p.guestPrograms.map((program) => html`<li>${program.name}: ${originOf(program)} <code>${short(program.sha256)}</code></li>`)}</ul></dd>`}
<dt>accelerator</dt><dd>${p.accel}: ${p.accelReason}</dd>
</dl>`;
