// SPDX-License-Identifier: MIT

/** One archive and one or more of its suites, as apt's source files give them. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** Options that say how far the archive is trusted (`Signed-By`, `Trusted`, ...), by deb822 field name. */
  readonly options: Readonly<Record<string, string>>;
}

/** Parses an apt source file; its name tells the format (`*.sources` is deb822, all else one entry per line). */
export function parseAptSources(fileName: string, text: string): readonly AptSource[] {
  return fileName.endsWith('.sources') ? parseDeb822(text) : parseList(text);
}

/** Writes sources as deb822, main component only, packages index only. */
export function renderAptSources(sources: readonly AptSource[]): string {
  return sources
    .map(({ uri, suites, options }) => {
      const fields = { Types: 'deb', URIs: uri, Suites: suites.join(' '), Components: 'main', Targets: 'Packages', ...options };
      return Object.entries(fields)
        .map(([name, value]) => `${name}: ${value}\n`)
        .join('');
    })
    .join('\n');
}

/** The entries that are a Debian archive's: a Debian suite with component main. */
export function debianSources(sources: readonly AptSource[]): readonly AptSource[] {
  return sources
    .filter(({ components }) => components.includes('main'))
    .map((source) => ({ ...source, suites: source.suites.filter((suite) => DEBIAN_SUITE.test(suite)) }))
    .filter(({ suites }) => suites.length > 0);
}

/**
 * The machine's own archives with the suites replaced: `*-security` on the archive that carries security suites, the
 * others on the main one. Empty where the machine has no main archive.
 */
export function withSuites(own: readonly AptSource[], suites: readonly string[]): readonly AptSource[] {
  const isSecurity = (suite: string): boolean => SECURITY_SUITE.test(suite);
  const main = mostLikely(own.filter((source) => source.suites.some((suite) => !isSecurity(suite))));
  const security = mostLikely(own.filter((source) => source.suites.some(isSecurity)));
  const grouped = [
    { base: main, suites: suites.filter((suite) => !isSecurity(suite)) },
    { base: security, suites: suites.filter(isSecurity) },
  ];
  return grouped.flatMap(({ base, suites: wanted }) => {
    return base === undefined || wanted.length === 0 ? [] : [{ ...base, suites: wanted, components: ['main'] }];
  });
}

const RELEASES = 'oldoldstable|oldstable|stable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke';
const DEBIAN_SUITE = new RegExp(`^(${RELEASES})([-/](updates|security|backports|backports-sloppy|proposed-updates))?$`);

const SECURITY_SUITE = /-security$|\/updates$/;

const TRUST_OPTIONS = new Map(
  ['Signed-By', 'Trusted', 'Check-Valid-Until', 'Allow-Insecure', 'Allow-Weak', 'By-Hash'].map((name) => [name.toLowerCase(), name]),
);

/** Vendors also publish `bookworm main`; Debian's own archive ends in /debian and has a keyring of that name. */
function mostLikely(sources: readonly AptSource[]): AptSource | undefined {
  const score = ({ uri, suites, options }: AptSource): number => {
    const signs = [/\/debian(-security)?\/*$/.test(uri), /debian-archive/.test(options['Signed-By'] ?? '')];
    return 2 * signs.filter(Boolean).length + (suites.length > 1 ? 1 : 0);
  };
  return [...sources].sort((a, b) => score(b) - score(a))[0];
}

function parseList(text: string): readonly AptSource[] {
  const sources: AptSource[] = [];
  for (const raw of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)((?:\s+\S+)*)\s*$/.exec(raw.replace(/#.*/, ''));
    if (match === null) continue;
    const [, bracket = '', uri = '', suite = '', components = ''] = match;
    const pairs = bracket.split(/\s+/).map((option) => /^([^=]+)=(.*)$/.exec(option));
    const options = trustOptions(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? '', pair[2] ?? '']])));
    sources.push({ uri, suites: [suite], components: words(components), options });
  }
  return mergeSuites(sources);
}

/** `list` files name one suite per line; lines that differ in nothing else are one source. */
function mergeSuites(sources: readonly AptSource[]): readonly AptSource[] {
  const merged = new Map<string, AptSource>();
  for (const source of sources) {
    const key = JSON.stringify([source.uri, source.components, source.options]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? source : { ...known, suites: [...known.suites, ...source.suites] });
  }
  return [...merged.values()];
}

function parseDeb822(text: string): readonly AptSource[] {
  const sources: AptSource[] = [];
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  for (const stanza of lines.join('\n').split(/\n[ \t]*\n/)) {
    const fields = new Map<string, string>();
    for (const field of stanza.matchAll(/^([A-Za-z][\w-]*):[ \t]*(.*(?:\n[ \t]+.*)*)/gm)) {
      fields.set((field[1] ?? '').toLowerCase(), (field[2] ?? '').trim());
    }
    const field = (name: string): readonly string[] => words(fields.get(name) ?? '');
    if (!field('types').includes('deb') || /^(no|false|without|off|disable)$/i.test(fields.get('enabled') ?? '')) continue;
    const options = trustOptions([...fields]);
    for (const uri of field('uris')) sources.push({ uri, suites: field('suites'), components: field('components'), options });
  }
  return sources;
}

const words = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

function trustOptions(pairs: readonly (readonly string[])[]): Record<string, string> {
  const options: Record<string, string> = {};
  for (const [key = '', value = ''] of pairs) {
    const name = TRUST_OPTIONS.get(key.toLowerCase());
    // A key written out in the file spans lines; deb822 wants the further ones indented.
    if (name !== undefined) options[name] = value.replace(/\n[ \t]*/g, '\n ');
  }
  return options;
}
