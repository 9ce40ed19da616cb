// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { debianSources, parseAptSources, renderAptSources, withSuites } from '../src/apt-sources.ts';

const LIST = `# deb http://deb.example.org/debian bookworm contrib
deb http://deb.example.org/debian bookworm main contrib non-free-firmware  # the archive
deb-src http://deb.example.org/debian bookworm main
deb http://deb.example.org/debian bookworm-updates main contrib non-free-firmware
deb [arch=amd64 signed-by=/etc/apt/keyrings/vendor.gpg] https://vendor.example.com/linux bookworm stable
deb [ trusted=yes ] http://security.example.org/debian-security bookworm-security main

not a line of apt's
`;

const SOURCES = `Types: deb deb-src
# a comment inside
URIs: http://deb.example.org/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://deb.example.org/debian-security/
Suites: trixie-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYB
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off.example.org/debian
Suites: trixie
Components: main

Types: deb
URIs: https://vendor.example.com/apt
Suites: trixie
Components: main
`;

const list = parseAptSources('/etc/apt/sources.list', LIST);
const deb822 = parseAptSources('/etc/apt/sources.list.d/debian.sources', SOURCES);

describe('parseAptSources', () => {
  it('reads one-line entries', () => {
    expect(list).toEqual([
      { uri: 'http://deb.example.org/debian', suites: ['bookworm', 'bookworm-updates'], components: ['main', 'contrib', 'non-free-firmware'], options: {} },
      { uri: 'https://vendor.example.com/linux', suites: ['bookworm'], components: ['stable'], options: { 'Signed-By': '/etc/apt/keyrings/vendor.gpg' } },
      { uri: 'http://security.example.org/debian-security', suites: ['bookworm-security'], components: ['main'], options: { Trusted: 'yes' } },
    ]);
  });

  it('reads deb822 stanzas, disabled ones excepted', () => {
    expect(deb822.map((source) => source.uri)).toEqual(['http://deb.example.org/debian', 'http://deb.example.org/debian-security/', 'https://vendor.example.com/apt']);
    expect(deb822[0]).toMatchObject({ suites: ['trixie', 'trixie-updates'], options: { 'Signed-By': '/usr/share/keyrings/debian-archive-keyring.gpg' } });
  });

  it('keeps keys written out in the file', () => {
    const again = parseAptSources('x.sources', renderAptSources(deb822));
    expect(again.map((source) => source.options)).toEqual(deb822.map((source) => source.options));
    expect(again[1]?.options['Signed-By']).toContain('\n .\n');
  });
});

describe('debianSources', () => {
  it('keeps Debian suites with component main', () => {
    expect(debianSources(list).map((source) => source.suites.join(' '))).toEqual(['bookworm bookworm-updates', 'bookworm-security']);
    const other = parseAptSources('x.list', 'deb http://pg.example.org/pub bookworm-pgdg main\ndeb http://deb.example.org/debian sid main\n');
    expect(debianSources(other).map((source) => source.suites)).toEqual([['sid']]);
  });
});

describe('withSuites', () => {
  it('puts security suites on the security archive, the others on the main one, and no vendor', () => {
    const sources = withSuites(debianSources(deb822), ['bookworm', 'bookworm-security']);
    expect(sources.map(({ uri, suites }) => [uri, suites.join(' ')])).toEqual([
      ['http://deb.example.org/debian', 'bookworm'],
      ['http://deb.example.org/debian-security/', 'bookworm-security'],
    ]);
    expect(renderAptSources(sources.slice(0, 1))).toBe(
      'Types: deb\nURIs: http://deb.example.org/debian\nSuites: bookworm\nComponents: main\nTargets: Packages\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n',
    );
  });

  it('is empty without a Debian archive', () => {
    expect(withSuites([], ['testing'])).toEqual([]);
  });
});
