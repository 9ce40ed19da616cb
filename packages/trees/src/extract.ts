// SPDX-License-Identifier: MIT
import { fail, hasErrors, ok } from '@unspin/diagnostics';
import type { Diagnostic, Result } from '@unspin/diagnostics';
import type { FeatureSpec, FileFacts, SiteFacts, SiteSpec, TreeFacts } from './facts.ts';
import { resolveSite } from './resolve.ts';
import type { Resolution } from './resolve.ts';
import { SourceSet } from './source-set.ts';
import type { ReadTreeFile } from './source-set.ts';
import { windowsAround } from './windows.ts';

export interface ExtractInput {
  /** Name of the tree; the version in its Makefile where left out. */
  readonly tree?: string;
  /** The directory in which users find the tree: only shown in diagnostics. */
  readonly root?: string;
  readonly read: ReadTreeFile;
  readonly sites: readonly SiteSpec[];
  readonly features: readonly FeatureSpec[];
}

/** All that was found in a tree, with what was lost still in it: the common ground of extracting and checking. */
export interface Survey {
  readonly tree: string;
  readonly version: string;
  readonly features: Readonly<Record<string, boolean>>;
  /** By site id. */
  readonly resolutions: ReadonlyMap<string, Resolution>;
  readonly sources: SourceSet;
  /** Turns a path in the tree into one the user can open. */
  readonly locate: (path: string) => string;
}

/** Extracts what the compiler must know of a tree; all sites that are not found are reported at once. */
export function extractFacts(input: ExtractInput): Result<TreeFacts> {
  const survey = surveyTree(input);
  if (!survey.ok) return survey;
  const { tree, version, features, resolutions, sources } = survey.value;
  const diagnostics: Diagnostic[] = [];
  const sites: Record<string, SiteFacts> = {};
  for (const [id, resolution] of resolutions) {
    if (resolution.kind === 'found') sites[id] = resolution.facts;
    if (resolution.kind === 'lost') diagnostics.push(resolution.diagnostic);
  }
  if (hasErrors(diagnostics)) return fail(diagnostics);
  return ok({ tree, version, features, files: excerpts(sources, Object.values(sites)), sites });
}

/** Probes features and looks for every site. Fails only where there is no kernel tree to look at. */
export function surveyTree(input: ExtractInput): Result<Survey> {
  const sources = new SourceSet(input.read);
  const locate = (path: string): string => (input.root === undefined ? path : `${input.root.replace(/\/+$/, '')}/${path}`);
  const version = kernelVersion(sources);
  if (version === undefined) {
    return fail([
      {
        code: 'TREE_NOT_KERNEL',
        severity: 'error',
        message:
          `${input.root ?? 'the directory'} is no kernel tree: ` +
          'its top lacks a Makefile with VERSION and PATCHLEVEL, a Kconfig or a MAINTAINERS',
        help: 'name the top directory of an unpacked kernel source, or get one with `unspin tree fetch`',
      },
    ]);
  }
  const tree = input.tree ?? version;
  const features = probeFeatures(sources, input.features);
  const resolutions = new Map<string, Resolution>();
  for (const site of input.sites) {
    if (resolutions.has(site.id)) throw new Error(`site ${site.id} is described twice`);
    resolutions.set(site.id, resolveSite(site, sources, features, { tree, locate }));
  }
  return ok({ tree, version, features, resolutions, sources, locate });
}

/** Every path an extraction may read, so that a caller can fetch just these. */
export function pathsToRead(sites: readonly SiteSpec[], features: readonly FeatureSpec[]): readonly string[] {
  return [...new Set([...TOP_FILES, ...features.flatMap((feature) => feature.files), ...sites.flatMap((site) => site.files)])].sort();
}

const TOP_FILES = ['Makefile', 'Kconfig', 'MAINTAINERS'] as const;

function kernelVersion(sources: SourceSet): string | undefined {
  if (TOP_FILES.some((path) => sources.get(path) === undefined)) return undefined;
  const makefile = sources.get('Makefile')?.text ?? '';
  const value = (name: string): string => new RegExp(`^${name}[ \\t]*=[ \\t]*(\\S*)`, 'm').exec(makefile)?.[1] ?? '';
  const parts = [value('VERSION'), value('PATCHLEVEL'), value('SUBLEVEL')];
  if (parts[0] === '' || parts[1] === '') return undefined;
  return parts.filter((part) => part !== '').join('.') + value('EXTRAVERSION');
}

function probeFeatures(sources: SourceSet, features: readonly FeatureSpec[]): Record<string, boolean> {
  return Object.fromEntries(
    features.map(({ name, files, pattern }) => [name, files.some((path) => (sources.get(path)?.text.search(pattern) ?? -1) !== -1)]),
  );
}

function excerpts(sources: SourceSet, sites: readonly SiteFacts[]): Record<string, FileFacts> {
  const files: Record<string, FileFacts> = {};
  for (const path of new Set(sites.map((site) => site.file))) {
    const lines = sources.get(path)?.lines ?? [];
    files[path] = { lineCount: lines.length, windows: windowsAround(lines, sites.filter((site) => site.file === path)) };
  }
  return files;
}
