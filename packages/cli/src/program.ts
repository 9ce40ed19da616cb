// SPDX-License-Identifier: MIT
import { Command, Option } from 'commander';
import { TOOL_VERSION, type Context } from './context.ts';
import type { Outcome } from './output.ts';
import type { RunOptions } from './commands/experiment/options.ts';
import type { ReportOptions } from './commands/experiment/reports.ts';
import type { GenOptions } from './commands/gen/options.ts';
import type { LabOptions, SeriesCheckOptions, StressOptions } from './commands/lab.ts';
import type { TestOptions } from './commands/test/options.ts';
import type { CheckOptions, ExtractOptions, FetchOptions } from './commands/tree.ts';

type Report = (command: string, outcome: Outcome) => void;

const JSON_FLAG = ['--json', 'print one JSON object'] as const;

/** The command line. Each command's code is only loaded when it runs. */
export function makeProgram(context: Context, report: Report): Command {
  const program = new Command('unspin')
    .description('Compiles policies against spinning virtual CPUs to Linux kernel patch series, and proves them in nested guests.')
    .version(TOOL_VERSION);

  program
    .command('gen')
    .description('write patches/<tree>/<policy>/ from policies/')
    .argument('[policy...]', 'names, or paths of *.policy.ts (default: all)')
    .option('--check', 'write nothing; exit 1 and show the difference if anything is stale')
    .option('--diff', 'write nothing; show what would change')
    .option('--tree <dir-or-name>', 'only this tree; a directory with kernel sources is read on the spot')
    .option('--out <dir>', 'where to write (default: patches/)')
    .option('--sign-off [identity]', 'sign off as "Name <mail>", or as git knows you')
    .option(...JSON_FLAG)
    .action(async (policies: string[], options: GenOptions) => {
      const { runGen } = await import('./commands/gen/index.ts');
      report('gen', await runGen(context, policies, options));
    });

  addTree(program, context, report);
  addLab(program, context, report);

  program
    .command('test')
    .description('check, build and boot everything; reports go to .unspin/reports/')
    .option('--unit', 'only what needs no kernel: types, unit tests, freshness of patches/')
    .option('--tree <name...>', 'only these trees')
    .option('--every-patch', 'also build each patch of everything and ecs-preempt-count on its own, and with W=1 whoever includes a header that a series touches')
    .option('--no-smoke', 'build the kernels and do not boot them')
    .option(...JSON_FLAG)
    .action(async (options: TestOptions) => {
      const { runTest } = await import('./commands/test/index.ts');
      report('test', await runTest(context, options));
    });

  program
    .command('docs')
    .description('write docs/policy-reference.md, and the types that editors show of it')
    .option(...JSON_FLAG)
    .action(async () => {
      const { runDocs } = await import('./commands/docs.ts');
      report('docs', runDocs(context));
    });

  program
    .command('bench')
    .description('time `gen` and `gen --check`')
    .option('--runs <n>', 'how often', '10')
    .option(...JSON_FLAG)
    .action(async (options: { runs: string }) => {
      const { runBench } = await import('./commands/bench.ts');
      report('bench', await runBench(context, options));
    });

  for (const command of everyCommand(program)) {
    command.exitOverride().configureOutput({ writeOut: context.stdout, writeErr: (text) => void text }).showHelpAfterError(false);
  }
  return program;
}

function addTree(program: Command, context: Context, report: Report): void {
  const tree = program.command('tree').description('kernel trees: what is known of them, and their sources');
  const commands = () => import('./commands/tree.ts');
  tree
    .command('list')
    .description('the known trees')
    .option(...JSON_FLAG)
    .action(async () => report('tree list', await (await commands()).runList()));
  tree
    .command('fetch')
    .description("get a tree's sources from the Debian archive this machine uses")
    .argument('[tree...]', 'names (default: all)')
    .option('--offline', 'use what was fetched before')
    .option(...JSON_FLAG)
    .action(async (trees: string[], options: FetchOptions) => report('tree fetch', await (await commands()).runFetch(context, trees, options)));
  tree
    .command('extract')
    .description('extract facts from sources; prints them, or records them with --write')
    .argument('[tree]', 'name of the tree')
    .requiredOption('--from <dir>', 'directory with kernel sources')
    .option('--write', 'replace the recorded facts of a known tree')
    .option(...JSON_FLAG)
    .action(async (name: string | undefined, options: ExtractOptions) => report('tree extract', (await commands()).runExtract(context, name, options)));
  tree
    .command('check')
    .description('say where sources differ from the recorded facts')
    .argument('<tree>', 'name of the tree')
    .option('--from <dir>', 'directory with kernel sources (default: those fetched before)')
    .option(...JSON_FLAG)
    .action(async (name: string, options: CheckOptions) => report('tree check', await (await commands()).runCheck(context, name, options)));
}

function addLab(program: Command, context: Context, report: Report): void {
  const lab = program.command('lab').description('build and boot patched kernels');
  const commands = () => import('./commands/lab.ts');
  lab
    .command('build')
    .description("build a tree's kernel with a policy and the lab's host patches")
    .requiredOption('--tree <name>', 'known tree')
    .option('--policy <name>', 'policy to apply', 'everything')
    .option(...JSON_FLAG)
    .action(async (options: LabOptions) => report('lab build', await (await commands()).runLabBuild(context, options)));
  lab
    .command('check')
    .description('one series as reviewers look at it: every patch applies, builds, adds no warning, passes checkpatch --strict')
    .requiredOption('--tree <name>', 'known tree')
    .option('--policy <name>', 'policy whose series it is', 'everything')
    .option('--every-patch', 'also build with W=1 whoever includes a header that the series touches')
    .option(...JSON_FLAG)
    .action(async (options: SeriesCheckOptions) => report('lab check', await (await commands()).runLabCheck(context, options)));
  lab
    .command('smoke')
    .description('build it, boot it, and boot two guests in it')
    .requiredOption('--tree <name>', 'known tree')
    .option('--policy <name>', 'policy to apply', 'everything')
    .option(...JSON_FLAG)
    .action(async (options: LabOptions) => report('lab smoke', await (await commands()).runLabSmoke(context, options)));
  lab
    .command('stress')
    .description('boot it with guests whose vCPUs come and go and which start over; with --debug on a kernel that checks itself')
    .requiredOption('--tree <name>', 'known tree')
    .option('--policy <name>', 'policy to apply', 'everything')
    .addOption(new Option('--debug <kind>', 'lockdep, atomic sleep and RCU proving; or data races').choices(['lockdep', 'kcsan']))
    .option(...JSON_FLAG)
    .action(async (options: StressOptions) => report('lab stress', await (await commands()).runLabStress(context, options)));
  lab
    .command('hostile')
    .description('build it, boot it, and let VMs lie to it about critical sections')
    .requiredOption('--tree <name>', 'known tree')
    .option('--policy <name>', 'policy to apply, with eCS for hosts', 'everything')
    .option(...JSON_FLAG)
    .action(async (options: LabOptions) => report('lab hostile', await (await commands()).runLabHostile(context, options)));
  addExperiments(lab, context, report);
}

function addExperiments(lab: Command, context: Context, report: Report): void {
  lab
    .command('run')
    .description('run an experiment: build its kernels, boot its cells, write its report')
    .argument('<experiment>', 'path of an *.experiment.ts')
    .option('--tree <name...>', 'only these trees')
    .option('--scenario <name...>', 'only these scenarios')
    .option('--arm <name...>', 'only these arms')
    .option('--seeds <n>', 'so many seeds instead of those it names')
    .option('--clock <clock>', 'virtual, threads or kvm instead of the one it names')
    .option('--jobs <n>', 'boots at a time (default: one a core in virtual time, else one)')
    .option('--repeat <n>', 'cells of each tree to run once more and compare to the byte; only in virtual time (default: 1)')
    .option('--retry-failed', 'boot cells again that failed in an earlier run; reports still count those boots')
    .option('--out <dir>', 'where to write results and report (default: .unspin/experiments/<name>/)')
    .option(...JSON_FLAG)
    .action(async (file: string, options: RunOptions) => {
      const { runLabRun } = await import('./commands/experiment/run.ts');
      report('lab run', await runLabRun(context, file, options));
    });
  lab
    .command('list')
    .description('the experiments of experiments/')
    .option(...JSON_FLAG)
    .action(async () => {
      const { runLabList } = await import('./commands/experiment/list.ts');
      report('lab list', await runLabList(context));
    });
  lab
    .command('report')
    .description('make the reports anew from results')
    .argument('<results>', 'a results.jsonl')
    .option('--out <dir>', 'where to write them (default: beside the results)')
    .option(...JSON_FLAG)
    .action(async (file: string, options: ReportOptions) => {
      const { runLabReport } = await import('./commands/experiment/reports.ts');
      report('lab report', runLabReport(context, file, options));
    });
  lab
    .command('compare')
    .description('what changed between two runs of an experiment')
    .argument('<before>', 'a results.jsonl')
    .argument('<after>', 'another one')
    .option(...JSON_FLAG)
    .action(async (before: string, after: string) => {
      const { runLabCompare } = await import('./commands/experiment/compare.ts');
      report('lab compare', runLabCompare(context, before, after));
    });
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
