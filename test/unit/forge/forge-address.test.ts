import { describe, expect, it } from 'vitest';
import { forgeAddress, mayServeSsh, requireOwner } from '../../../src/forge/forge-address.js';
import { nameMatcher } from '../../../src/forge/match-name.js';

describe('the address of a forge', () => {
  it.each([
    ['github', undefined, 'https://api.github.com', 'github.com', ''],
    ['github', 'https://api.github.com/', 'https://api.github.com', 'github.com', ''],
    ['github', 'https://git.example.org', 'https://git.example.org/api/v3', 'git.example.org', ''],
    ['github', 'https://acme.ghe.com', 'https://api.acme.ghe.com', 'acme.ghe.com', ''],
    ['gitlab', 'https://example.org/git/', 'https://example.org/git/api/v4', 'example.org', '/git'],
    ['gitlab', 'https://example.org/api/v4', 'https://example.org/api/v4', 'example.org', ''],
    ['gitea', 'http://127.0.0.1:3000', 'http://127.0.0.1:3000/api/v1', '127.0.0.1', ''],
    ['forgejo', undefined, 'https://codeberg.org/api/v1', 'codeberg.org', ''],
  ] as const)('of %s with %s is %s', (kind, url, apiUrl, host, basePath) => {
    expect(forgeAddress(kind, url)).toMatchObject({ kind, apiUrl, host, basePath });
  });

  it.each([
    'git.example.org',
    'ssh://git.example.org',
    'https://me:pw@h.example',
    'https://@h.example',
    'https://h.example/?token=pw',
  ])('is refused for %s, which is not quoted', (url) => {
    expect(() => forgeAddress('gitlab', url)).toThrow(/^The address of the forge /);
    expect(() => forgeAddress('gitlab', url)).not.toThrow(/pw/);
  });
});

describe('an owner', () => {
  it.each([
    ['github', 'acme'],
    ['gitlab', 'team/sub/tools'],
  ] as const)('of %s may be %s', (kind, owner) => {
    expect(requireOwner(kind, owner)).toBe(owner);
  });

  it.each([
    ['github', 'acme/widget'],
    ['gitlab', 'team/../admin'],
    ['gitlab', 'team//x'],
    ['gitea', ''],
    ['gitea', 'a?b'],
    ['forgejo', '.'],
  ] as const)('of %s may not be %j', (kind, owner) => {
    expect(() => requireOwner(kind, owner)).toThrow(/is not the name of an owner/);
  });
});

it.each([
  ['gitlab.com', 'altssh.gitlab.com', true],
  ['git.example.org', 'ssh.example.org', true],
  ['git.example.org', 'git.example.org', true],
  ['git.example.org', 'github.com', false],
  ['git.example.org', 'badexample.org', false],
  ['example.org', 'other.org', false],
  ['127.0.0.1', '127.0.0.2', false],
])('a forge at %s may have its ssh at %s: %s', (forge, host, may) => {
  expect(mayServeSsh(forge, host)).toBe(may);
});

it('a glob matches names in any case, and without one every name matches', () => {
  const names = ['lib-a', 'LIB-b', 'tool', '.github'];
  expect(names.filter(nameMatcher('lib-*'))).toEqual(['lib-a', 'LIB-b']);
  expect(names.filter(nameMatcher('*'))).toEqual(names);
  expect(names.filter(nameMatcher('{tool,.github}'))).toEqual(['tool', '.github']);
  expect(names.filter(nameMatcher(undefined))).toEqual(names);
  expect(() => nameMatcher('')).toThrow(/glob/);
});
