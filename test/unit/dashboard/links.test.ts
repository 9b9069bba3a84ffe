/** Tests of the links to a repository's remote, commit and files. */
import { describe, expect, it } from 'vitest';
import { CRITERIA } from '../../../src/criteria/index.js';
import { commitLink, FILES_OF, fileLinks, remoteLink } from '../../../src/dashboard/state/links.js';
import { joinFingerprint, type Versions } from '../../../src/domain/fingerprint.js';
import { CHECKOUT_KEYS, VERSIONED_KEYS } from '../../../src/domain/input.js';

const HEAD = 'ab'.repeat(20);
const linked = (web_url: string | null, head: string | null = HEAD, absent: readonly string[] = []) => ({
  ...{ web_url, checkout: { head, kind: 'working' as const } },
  fingerprint: joinFingerprint(
    Object.fromEntries(VERSIONED_KEYS.map((key) => [key, absent.includes(key) ? 'absent' : '1'])) as Versions,
  ),
});

it('the files that the page links for a criterion are the files that the criterion reads', () => {
  const files = CHECKOUT_KEYS.filter((key) => key !== 'checkout');
  const read = CRITERIA.flatMap(({ id, inputs }) => {
    const keys = inputs.map((key) => (key === 'findings' ? 'workplans' : key));
    const own = files.filter((file) => (keys as readonly string[]).includes(file));
    return own.length === 0 ? [] : [[id, own] as const];
  });
  expect(FILES_OF).toEqual(Object.fromEntries(read));
});

describe('links of a repository', () => {
  it.each([
    ['https://github.com/acme/widget', '/commit/', '/blob/', '/tree/'],
    ['https://gitlab.example.com/acme/widget', '/-/commit/', '/-/blob/', '/-/tree/'],
    ['https://codeberg.org/acme/widget', '/commit/', '/src/commit/', '/src/commit/'],
  ])('when the remote is %s, then they lead to the commit and to its files', (url, ...ways) => {
    const [commit, file, folder] = ways.map((way) => `${url}${way}${HEAD}`);
    expect(commitLink(linked(url))).toBe(commit);
    const title = expect.stringContaining('the verdict is of the working tree');
    expect(fileLinks(linked(url), 'C5')).toEqual([{ text: 'SCOPE.md', href: `${file}/SCOPE.md`, title }]);
    expect(fileLinks(linked(url), 'C13')).toEqual([
      { text: 'workplans', href: `${folder}/workplans`, title },
    ]);
  });

  it.each(['bare', 'mirror'] as const)(
    'when it is a %s repository, then no working tree may differ',
    (kind) => {
      const url = 'https://github.com/acme/widget';
      expect(fileLinks({ ...linked(url), checkout: { head: HEAD, kind } }, 'C5')).toEqual([
        { text: 'SCOPE.md', href: `${url}/blob/${HEAD}/SCOPE.md` },
      ]);
    },
  );

  it('when a file is absent, the forge or the commit unknown, then there is none', () => {
    const url = 'https://github.com/acme/widget';
    expect(fileLinks(linked(url, HEAD, ['CLAUDE.md']), 'C6').map(({ text }) => text)).toEqual([
      '.claude/CLAUDE.md',
    ]);
    expect(fileLinks(linked('https://git.example/acme/widget'), 'C5')).toEqual([]);
    expect(commitLink(linked(url, null))).toBeUndefined();
    expect(commitLink(linked(url, '../x'))).toBeUndefined();
    expect(fileLinks({ ...linked(url), fingerprint: null }, 'C5')).toEqual([]);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', '//evil.example/x', 'x'])(
    'when the remote is %s, then it is no link',
    (url) => {
      expect(remoteLink(linked(url))).toBeUndefined();
      expect(commitLink(linked(url))).toBeUndefined();
    },
  );
});
