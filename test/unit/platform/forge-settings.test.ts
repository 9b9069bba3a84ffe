import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config.js';

const read = (list: unknown) => readConfig({ DOI_DISCOVER: JSON.stringify(list) }).discover;
const DEFAULTS = { archived: false, forks: false, ssh: false, url: undefined };

describe('DOI_DISCOVER', () => {
  it('names owners, their forges and what is registered of them', () => {
    expect(read(['github:acme'])).toMatchObject([{ ...DEFAULTS, kind: 'github', owner: 'acme' }]);
    const text =
      'gitlab:team/tools@https://git.example.org/git?ssh&forks&archived&match=lib-*&topic=x&domain=shop';
    expect(read([text])).toEqual([
      {
        ...{ kind: 'gitlab', owner: 'team/tools', url: 'https://git.example.org/git' },
        ...{ ssh: true, forks: true, archived: true, match: 'lib-*', topic: 'x', domain: 'shop' },
      },
    ]);
    expect(readConfig({}).discover).toEqual([]);
  });

  it.each([
    ['bitbucket:acme'],
    ['github'],
    ['github:'],
    ['github:../acme'],
    ['github:acme?colour=red'],
    ['github:acme@ftp://git.example.org'],
    ['github:acme@https://me:password-of-mine@git.example.org'],
    [1],
  ])('when an entry is %j, then it prevents the start, and shows no password', (entry) => {
    expect(() => read([entry])).toThrow(/DOI_DISCOVER: must be a JSON list of forge:OWNER/);
    expect(() => read([entry])).not.toThrow(/password-of-mine/);
  });
});

it('when GITHUB_TOKEN and GH_TOKEN are set, then GITHUB_TOKEN counts', () => {
  expect(readConfig({ GH_TOKEN: 'two' }).forgeTokens.github).toBe('two');
  expect(readConfig({ GH_TOKEN: 'two', GITHUB_TOKEN: 'one' }).forgeTokens.github).toBe('one');
});
