import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ForgeKind } from '../../../src/domain/forge.js';
import type { PageProgress } from '../../../src/forge/list-pages.js';
import { type ListingHooks, listRepositories } from '../../../src/forge/list-repositories.js';
import type { Clock } from '../../../src/platform/clock.js';
import { FakeForge } from '../../helpers/fake-forge.js';

const TOKEN = 'token-of-a-test-0123456789';
const TOKENS = { github: TOKEN, gitlab: TOKEN, gitea: TOKEN, forgejo: TOKEN };
const NO_TOKENS = { github: undefined, gitlab: undefined, gitea: undefined, forgejo: undefined };

let forge: FakeForge;
let waits: number[];
/** Waits for nothing, and records how long it would have. */
let clock: Clock;
beforeEach(async () => {
  forge = await FakeForge.start();
  waits = [];
  clock = { now: () => 1_800_000_000_000, sleep: async (ms) => void waits.push(ms) };
});
afterEach(() => forge.close());

function list(kind: ForgeKind, owner: string, hooks: ListingHooks = {}, tokens = TOKENS, ssh = false) {
  return listRepositories(
    { kind, owner, url: forge.url, tokens: tokens as typeof TOKENS, ssh },
    { clock, ...hooks },
  );
}

const ORG = '/api/v1/orgs/acme';
const REPOS = `${ORG}/repos?limit=50`;
/** A Gitea with one organisation, whose list is as given. */
function giteaLists(...pages: FakeForge['answers'][string][]): void {
  forge.answers = { [ORG]: { body: { id: 1 } } };
  for (const [at, page] of pages.entries())
    forge.answers[at === 0 ? REPOS : `${REPOS}&page=${at + 1}`] = page;
}
const refusal = (code: string, message: string | RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('the repositories of an organisation at GitHub', () => {
  const target = '/api/v3/orgs/acme/repos?type=all&sort=full_name&per_page=100';

  it('are listed over all pages, with the token, and with the number of them that the last page says', async () => {
    const next = '/api/v3/organizations/7/repos?page=2&per_page=100';
    forge.answers = {
      '/api/v3/users/acme': { body: { login: 'Acme', type: 'Organization' } },
      [target]: {
        body: [forge.repository(1, 'Acme/widget', { topics: ['shop'], fork: true, archived: true })],
        headers: forge.next(next),
      },
      [next]: { body: [forge.repository(2, 'Acme/gadget', { default_branch: 'trunk' })] },
    };
    const pages: PageProgress[] = [];
    const { repositories, ended, address } = await list('github', 'acme', {
      onPage: (page) => pages.push(page),
    });
    expect(ended).toBeUndefined();
    expect(address).toMatchObject({ apiUrl: `${forge.url}/api/v3`, host: '127.0.0.1' });
    expect(repositories).toEqual([
      {
        ...{ id: '1', name: 'widget', fullName: 'Acme/widget', defaultBranch: 'main', topics: ['shop'] },
        ...{ cloneUrl: `${forge.url}/Acme/widget.git`, sshUrl: 'git@127.0.0.1:Acme/widget.git' },
        ...{ isArchived: true, isFork: true },
      },
      expect.objectContaining({ id: '2', defaultBranch: 'trunk', isArchived: false, isFork: false }),
    ]);
    expect(pages).toEqual([
      { count: 1, total: 200 },
      { count: 2, total: undefined },
    ]);
    expect(new Set(forge.received.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${TOKEN}`]),
    );
  });

  it('when the token lacks a single sign-on, then the list is not whole', async () => {
    forge.answers = {
      '/api/v3/users/acme': { body: { login: 'acme', type: 'Organization' } },
      [target]: { body: [], headers: { 'x-github-sso': 'partial-results; organizations=1' } },
    };
    expect((await list('github', 'acme')).ended).toMatchObject({ code: 'remote_denied' });
  });
});

describe('the repositories of a user at GitHub', () => {
  beforeEach(() => {
    forge.answers = { '/api/v3/users/me': { body: { login: 'Me', type: 'User' } } };
  });

  it("are listed with the private ones where the token is the user's own", async () => {
    forge.answers['/api/v3/user'] = { body: { login: 'Me' } };
    const own = '/api/v3/user/repos?affiliation=owner&sort=full_name&per_page=100';
    forge.answers[own] = { body: [forge.repository(1, 'Me/private')] };
    expect((await list('github', 'me')).repositories).toHaveLength(1);
  });

  it.each([
    ["another user's", { body: { login: 'you' } }, TOKENS],
    ["an app's", { status: 403, body: { message: 'Resource not accessible by integration' } }, TOKENS],
    ['missing', { status: 401 }, NO_TOKENS],
  ])('are listed as all see them where the token is %s', async (_, self, tokens) => {
    forge.answers['/api/v3/user'] = self;
    forge.answers['/api/v3/users/me/repos?type=owner&sort=full_name&per_page=100'] = {
      body: [forge.repository(1, 'Me/public')],
    };
    expect((await list('github', 'me', {}, tokens as typeof TOKENS)).repositories).toHaveLength(1);
  });
});

describe('the projects of GitLab', () => {
  const page = 'order_by=id&sort=asc&per_page=100';

  it('of a group are listed with its subgroups; one that is about to be deleted counts as archived', async () => {
    const group = '/api/v4/groups/team%2Ftools';
    const first = `${group}/projects?include_subgroups=true&with_shared=false&${page}`;
    forge.answers = {
      [`${group}?with_projects=false`]: { body: { id: 3 } },
      [first]: {
        body: [forge.project(5, 'team/tools/a'), forge.project(6, 'team/tools/deep/b', { empty_repo: true })],
        headers: { ...forge.next(`${first}&page=2`), 'x-total': '3' },
      },
      [`${first}&page=2`]: {
        headers: { 'x-total': '3' },
        body: [
          forge.project(9, 'team/tools/c', {
            marked_for_deletion_on: '2026-01-01',
            forked_from_project: { id: 1 },
          }),
        ],
      },
    };
    const { repositories, ended } = await list('gitlab', 'team/tools');
    expect(ended).toBeUndefined();
    expect(repositories).toMatchObject([
      { id: '5', name: 'a', fullName: 'team/tools/a', isEmpty: false, isArchived: false },
      { id: '6', fullName: 'team/tools/deep/b', isEmpty: true, isFork: false },
      { id: '9', isArchived: true, isFork: true },
    ]);
  });

  it('of a user are listed where there is no group of that name', async () => {
    forge.answers = {
      '/api/v4/users?username=me': { body: [{ id: 12 }] },
      [`/api/v4/users/12/projects?${page}`]: { body: [forge.project(1, 'me/one')] },
    };
    expect((await list('gitlab', 'me')).repositories).toHaveLength(1);
    forge.answers['/api/v4/users?username=me'] = { body: [] };
    await expect(list('gitlab', 'me')).rejects.toEqual(
      refusal('remote_gone', /no user, organisation or group me/),
    );
  });
});

describe('the repositories of Gitea and Forgejo', () => {
  it.each(['gitea', 'forgejo'] as const)(
    'at %s are listed for an organisation, and for a user',
    async (kind) => {
      giteaLists({ body: [forge.repository(1, 'acme/a', { empty: true, topics: null })] });
      expect((await list(kind, 'acme')).repositories).toMatchObject([{ id: '1', isEmpty: true, topics: [] }]);
      expect(forge.received[0]?.headers.authorization).toBe(`token ${TOKEN}`);
      forge.answers = {
        '/api/v1/users/me': { body: { login: 'me' } },
        '/api/v1/users/me/repos?limit=50': { body: [forge.repository(2, 'me/b')] },
      };
      expect((await list(kind, 'me')).repositories).toMatchObject([{ id: '2' }]);
    },
  );
});

describe('when a forge limits the client', () => {
  const limited = { status: 429, body: { message: 'Too many requests' } };

  it.each([
    ['Retry-After', { ...limited, headers: { 'retry-after': '7' } }, 7000],
    ['Retry-After of many digits', { ...limited, headers: { 'retry-after': '0000000007' } }, 7000],
    ['the time of a reset', { ...limited, headers: { 'ratelimit-reset': '1800000030' } }, 31_000],
    [
      '403 and nothing left',
      { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1800000009' } },
      10_000,
    ],
    [
      '403 and a message',
      { status: 403, body: { message: 'You have exceeded a secondary rate limit.' } },
      60_000,
    ],
    ['503 and Retry-After', { status: 503, headers: { 'retry-after': '0' } }, 0],
  ])('by %s, then it waits that long and goes on', async (_, answer, ms) => {
    giteaLists([answer, { body: [forge.repository(1, 'acme/a')] }]);
    const said: number[] = [];
    const { repositories } = await list('gitea', 'acme', { onWait: (wait) => said.push(wait) });
    expect(repositories).toHaveLength(1);
    expect([waits, said]).toEqual([[ms], [ms]]);
  });

  it('for longer than a quarter of an hour, then it is an error, and on a later page the list ends early', async () => {
    const long = { ...limited, headers: { 'retry-after': '901' } };
    giteaLists(long);
    await expect(list('gitea', 'acme')).rejects.toEqual(refusal('remote_limited', /wait 901 s/));
    giteaLists({ body: [forge.repository(1, 'acme/a')], headers: forge.next(`${REPOS}&page=2`) }, long);
    const { repositories, ended } = await list('gitea', 'acme');
    expect(repositories).toHaveLength(1);
    expect(ended).toMatchObject({ code: 'remote_limited' });
    expect(waits).toEqual([]);
  });

  it('without an end, then it gives up', async () => {
    giteaLists({ ...limited, headers: { 'retry-after': '0' } });
    await expect(list('gitea', 'acme')).rejects.toMatchObject({ code: 'remote_limited' });
    expect(forge.received.length).toBeLessThan(30);
  });
});

describe('when a forge refuses', () => {
  it.each([
    [
      { status: 401, body: { message: `bad token\u001b[31m` } },
      'remote_denied',
      /token of GITEA_TOKEN.*acme: "bad token\[31m"/,
    ],
    [{ status: 403 }, 'remote_denied', /repositories of acme/],
    [
      { status: 302, headers: { location: 'https://elsewhere.example/' } },
      'remote_moved',
      /elsewhere\.example/,
    ],
    [{ status: 400 }, 'remote_failed', /status 400/],
    [{ status: 500 }, 'remote_unreachable', /status 500/],
  ])('with %j, then the error is %s and names it', async (answer, code, message) => {
    giteaLists(answer);
    await expect(list('gitea', 'acme')).rejects.toEqual(refusal(code, message));
    // No redirect is followed, and no error holds the token.
    await list('gitea', 'acme').catch((error: Error) =>
      expect(JSON.stringify({ ...error, m: error.message })).not.toContain(TOKEN),
    );
  });

  it('an owner that it does not have, then the error names forge, owner and variable', async () => {
    await expect(list('forgejo', 'nemo')).rejects.toMatchObject({
      code: 'remote_gone',
      message: expect.stringContaining('Forgejo (127.0.0.1) has no user, organisation or group nemo'),
      remedy: expect.stringContaining('FORGEJO_TOKEN'),
    });
  });

  it('for a moment, then it is asked again', async () => {
    giteaLists([{ status: 502 }, { status: 503 }, { body: [forge.repository(1, 'acme/a')] }]);
    expect((await list('gitea', 'acme')).repositories).toHaveLength(1);
    expect(waits).toEqual([1000, 5000]);
  });

  it('by no answer at all, then the error says how long the client waited', async () => {
    giteaLists({ hangs: true });
    const slow = list('gitea', 'acme', { timeoutMs: 20 });
    await expect(slow).rejects.toEqual(refusal('remote_unreachable', /did not answer within 0\.02 s/));
  });

  it('while the caller stops, then the listing ends at once', async () => {
    giteaLists({ hangs: true });
    const stop = new AbortController();
    const listing = list('gitea', 'acme', { signal: stop.signal });
    stop.abort(new Error('stopped'));
    await expect(listing).rejects.toThrow('stopped');
  });
});

describe('when a forge lies', () => {
  const entry = (more: object) => ({ body: [{ ...forge.repository(1, 'acme/a'), ...more }] });

  it.each([
    ['a clone_url of a remote helper', { clone_url: 'ext::sh -c true' }, /remote helper/],
    ['a clone_url of a file', { clone_url: 'file:///etc/passwd' }, /its scheme is file/],
    ['a clone_url at another host', { clone_url: 'http://localhost/acme/a.git' }, /another host.*localhost/],
    ['a clone_url with a password', { clone_url: 'http://me:pw@127.0.0.1/acme/a.git' }, /user info/],
    ['a clone_url that is an option', { clone_url: '--upload-pack=true' }, /no remote/],
    ['an ssh_url at another host', { ssh_url: 'git@github.com:acme/a.git' }, /another host.*github\.com/],
    ['an ssh_url with a host that is an option', { ssh_url: 'ssh://-oProxyCommand=true/a' }, /another host/],
    [
      'a clone_url that leads up and an ssh_url at another host',
      { clone_url: 'http://127.0.0.1/acme/%2e%2e', ssh_url: 'git@github.com:acme/a.git' },
      /another host/,
    ],
    [
      'a clone_url at another host that leads up',
      { clone_url: 'http://localhost/acme/%2e%2e' },
      /another host.*localhost/,
    ],
    ['an id that is a text', { id: '1' }, /whose id/],
    ['no fork', { fork: undefined }, /whose fork/],
    ['topics that are a text', { topics: 'a' }, /whose topics/],
  ])('with %s, then the list is refused, and the error says why', async (_, more, why) => {
    giteaLists(entry(more));
    await expect(list('gitea', 'acme', {}, TOKENS, true)).rejects.toEqual(refusal('remote_failed', why));
  });

  it.each([
    ['a name with a control character', { name: 'a\u001b[2J' }, /id 7, whose name is not as documented/],
    ['a name with a slash', { name: '../a' }, /whose name/],
    ['a name that leads up', { name: '..' }, /whose name/],
    ['a name that leads up once it is decoded', { name: '%2e%2E' }, /whose name/],
    ['a name of 256 characters', { name: 'a'.repeat(256) }, /id 7, whose name/],
    ['a topic of 201 characters', { topics: ['a'.repeat(201)] }, /id 7, whose topics/],
    ['a clone_url that leads up', { clone_url: 'http://127.0.0.1/acme/%2e%2e' }, /acme\/a \(id 7\) with/],
    ['a path that leads up', { full_name: 'acme/..' }, /whose full_name/],
    ['a branch that is a bidirectional control', { default_branch: '\u202e' }, /whose default_branch/],
  ])('with %s, then only that repository is left out, and the list is not whole', async (_, more, why) => {
    const [odd] = entry({ id: 7, ...more }).body;
    giteaLists({ body: [odd, forge.repository(2, 'acme/b')] });
    const { repositories, ended } = await list('gitea', 'acme');
    expect(repositories).toMatchObject([{ id: '2' }]);
    expect(ended).toEqual(refusal('remote_failed', why));
  });

  it('with an ssh_url at another host, and ssh is not wanted, then only that address is left out', async () => {
    giteaLists(entry({ ssh_url: 'git@github.com:acme/a.git' }));
    expect((await list('gitea', 'acme')).repositories).toMatchObject([{ id: '1', sshUrl: null }]);
  });

  it.each([
    ['no JSON', { body: '<html>' }, /something else than a list/],
    ['no list', { body: { message: 'hello' } }, /something else than a list/],
    ['a Link header that cannot be parsed', { headers: { link: '<<<;;;' } }, /./],
  ])('with %s, then the error says so', async (_, answer, why) => {
    giteaLists({ body: [forge.repository(1, 'acme/a')], ...answer });
    const listing = await list('gitea', 'acme').catch((error: unknown) => error);
    expect(listing).toEqual(refusal('remote_failed', why));
  });

  it('with the same page for ever, or with the same next page, then the list ends', async () => {
    const page = (at: number, id: number) => ({
      body: [forge.repository(id, `acme/r${id}`)],
      headers: forge.next(`${REPOS}&page=${at}`),
    });
    giteaLists(page(2, 1), page(3, 1));
    await expect(list('gitea', 'acme')).rejects.toEqual(refusal('remote_failed', /the same page again/));
    giteaLists(page(2, 1), page(2, 2));
    await expect(list('gitea', 'acme')).rejects.toEqual(refusal('remote_failed', /same next page/));
  });

  it('with a next page at another server, then the token does not go there', async () => {
    const other = await FakeForge.start();
    try {
      giteaLists(
        {
          body: [forge.repository(1, 'acme/a')],
          headers: { link: `<${other.url}${REPOS}&page=2>; rel="next"` },
        },
        { body: [forge.repository(2, 'acme/b')] },
      );
      expect((await list('gitea', 'acme')).repositories).toHaveLength(2);
      expect(other.received).toEqual([]);
      giteaLists({ body: [], headers: { link: `<${forge.url}/elsewhere>; rel="next"` } });
      await expect(list('gitea', 'acme')).rejects.toEqual(refusal('remote_failed', /not part of its API/));
    } finally {
      await other.close();
    }
  });

  it('with an answer without end, then it is not read to its end', async () => {
    giteaLists({ body: `["${'x'.repeat(17 * 1024 * 1024)}"]` });
    await expect(list('gitea', 'acme')).rejects.toMatchObject({ code: 'remote_too_large' });
  });
});

it('when repositories are deleted while they are listed, then the list is not whole', async () => {
  giteaLists(
    {
      body: [forge.repository(1, 'acme/a')],
      headers: { ...forge.next(`${REPOS}&page=2`), 'x-total-count': '3' },
    },
    { body: [forge.repository(3, 'acme/c')], headers: { 'x-total-count': '2' } },
  );
  expect((await list('gitea', 'acme')).ended).toMatchObject({
    message: expect.stringContaining('changed while'),
  });
});

it('when fewer are listed than GitLab counts, then the list is not whole', async () => {
  const group = '/api/v4/groups/acme';
  forge.answers = {
    [`${group}?with_projects=false`]: { body: { id: 3 } },
    [`${group}/projects?include_subgroups=true&with_shared=false&order_by=id&sort=asc&per_page=100`]: {
      body: [1, 2].map((id) => forge.project(id, `acme/r${id}`)),
      headers: { 'x-total': '4' },
    },
  };
  expect((await list('gitlab', 'acme')).ended).toEqual(
    refusal('remote_failed', /has 4 repositories, and lists 2/),
  );
});

it.each(['gitea', 'forgejo'] as const)(
  'when %s counts repositories that the token may not read, then the list is whole',
  async (kind) => {
    giteaLists({ body: [forge.repository(1, 'acme/a')], headers: { 'x-total-count': '4' } });
    expect((await list(kind, 'acme')).ended).toBeUndefined();
  },
);

describe('a repository that is not listed', () => {
  const known = [1, 2, 3, 4, 5].map((id) => ({ id: String(id), fullName: `acme/r ${id}` }));

  it('is gone only where the forge answers so', async () => {
    giteaLists({ body: [] });
    const { findGone } = await list('gitea', 'acme');
    const at = (id: number) => `/api/v1/repos/acme/r%20${id}`;
    forge.answers = {
      [at(1)]: { body: {} },
      [at(2)]: { status: 301, headers: { location: '/api/v1/repos/acme/new' } },
      [at(3)]: { status: 410 },
      [at(4)]: [{ status: 429, headers: { 'retry-after': '7' } }, { status: 404 }],
      [at(5)]: { status: 403 },
    };
    expect((await findGone(known)).map(({ id }) => id)).toEqual(['3', '4']);
    expect(waits).toEqual([7000]);
  });

  it('is asked for by its id at GitLab', async () => {
    const group = '/api/v4/groups/acme';
    forge.answers = {
      [`${group}?with_projects=false`]: { body: { id: 3 } },
      [`${group}/projects?include_subgroups=true&with_shared=false&order_by=id&sort=asc&per_page=100`]: {
        body: [],
      },
      '/api/v4/projects/1': { body: {} },
    };
    const { findGone } = await list('gitlab', 'acme');
    expect((await findGone(known.slice(0, 2))).map(({ id }) => id)).toEqual(['2']);
  });

  it('when the forge does not answer, then is not gone, and none further is asked for', async () => {
    giteaLists({ body: [] });
    const { findGone } = await list('gitea', 'acme');
    forge.answers = Object.fromEntries(
      known.map((_, at) => [
        `/api/v1/repos/acme/r%20${at + 1}`,
        { status: 429, headers: { 'retry-after': '901' } },
      ]),
    );
    const before = forge.received.length;
    expect(await findGone(known)).toEqual([]);
    expect(forge.received.length - before).toBeLessThanOrEqual(4);
  });
});
