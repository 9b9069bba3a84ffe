import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { contact } from '../../../../src/git/remote/contact.js';
import { fetchObjects } from '../../../../src/git/remote/fetch-objects.js';
import { CONTACT_LIMITS } from '../../../../src/git/remote/make-mirror.js';
import { commit, git, push } from '../../../helpers/git-repository.js';
import { startGitServer } from '../../../helpers/git-server.js';
import { type Arena, makeArena, type Remote } from './arena.js';

let arena: Arena;
let remote: Remote;
beforeAll(async () => {
  arena = await makeArena('answers');
});
beforeEach(() => {
  remote = arena.remote();
});
afterEach(() => {
  arena.server.fault = () => undefined;
  arena.server.password = undefined;
});
afterAll(() => arena.close());

const wanted = (limits = CONTACT_LIMITS) => ({
  ...{ url: arena.server.url(remote.name), branch: null, folder: remote.mirror, limits },
});
const run = (limits = CONTACT_LIMITS) => contact(arena.deps, wanted(limits));
const isFetch = ({ method }: { method: string }) => method === 'POST';

describe('when the server answers', () => {
  it.each([
    [{ status: 401 }, { code: 'remote_denied', isServers: false }],
    [
      { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
      { code: 'remote_denied', isServers: false },
    ],
    [{ status: 403 }, { code: 'remote_denied', isServers: false }],
    [{ status: 404 }, { code: 'remote_gone', isServers: false }],
    [
      { status: 429, headers: { 'retry-after': '7' } },
      { code: 'remote_limited', isServers: true, retryAfterMs: 7000 },
    ],
    [{ status: 204 }, { code: 'remote_failed', message: expect.stringContaining('(HTTP 204)') }],
    // One broken repository answers so, beside others that do not.
    [{ status: 500 }, { code: 'remote_unreachable', isServers: false }],
    [
      { status: 503, headers: { 'retry-after': '7' } },
      { code: 'remote_unreachable', isServers: true },
    ],
    [
      { status: 301, headers: { location: 'file:///etc/info/refs?service=git-upload-pack' } },
      { code: 'remote_moved' },
    ],
    [
      {
        status: 301,
        headers: { location: 'https://elsewhere.example/x.git/info/refs?service=git-upload-pack' },
      },
      { code: 'remote_moved', message: expect.stringContaining('https://elsewhere.example') },
    ],
  ])('%j, then the error is %j', async (fault, error) => {
    arena.server.fault = () => fault;
    await expect(run()).rejects.toMatchObject(error);
    expect(existsSync(remote.mirror)).toBe(false);
  });

  it('with a redirect within the server, then it is followed, and blobs come from there', async () => {
    const { name } = remote;
    const location = `/${name}/info/refs?service=git-upload-pack`;
    arena.server.fault = ({ url }) =>
      url.startsWith('/old') ? { status: 301, headers: { location } } : undefined;
    const old = { ...wanted(), url: arena.server.url('old.git') };
    expect(await contact(arena.deps, old)).toMatchObject({ branch: 'main' });
    expect(await contact(arena.deps, old)).toMatchObject({ fetched: false });
    const ids = [git(remote.author, 'rev-parse', 'HEAD:README.md')];
    await fetchObjects(arena.deps, {
      ...{ folder: remote.mirror, ids },
      limits: { totalBytes: 2 ** 20, singleBytes: 2 ** 20, timeoutMs: 20_000 },
    });
  });

  it('with a second redirect, then it moved', async () => {
    arena.server.fault = ({ url }) => ({ status: 302, headers: { location: `/x${url}` } });
    await expect(run()).rejects.toMatchObject({ code: 'remote_moved' });
  });

  it.each([0, 1, 30])('%i bytes and then hangs, then the contact ends within its limit', async (after) => {
    const limits = { ...CONTACT_LIMITS, listMs: 1500, fetchMs: 1500 };
    arena.server.fault = () => ({ hangs: true, after });
    await expect(run(limits)).rejects.toMatchObject({ code: 'remote_unreachable', isServers: true });
  });

  it('a fetch that hangs, then the repository fails and not its server', async () => {
    // The first POST lists the branches, and the second fetches.
    let posts = 0;
    arena.server.fault = (request) => {
      posts += isFetch(request) ? 1 : 0;
      return posts >= 3 ? { hangs: true, after: 100 } : undefined;
    };
    const limits = { ...CONTACT_LIMITS, fetchMs: 1500 };
    await expect(run(limits)).rejects.toMatchObject({ code: 'remote_unreachable', isServers: false });
    expect(readdirSync(arena.mirrors).filter((name) => name.startsWith('.tmp'))).toEqual([]);
  });

  it.each([
    { floods: true, after: 40 },
    { breaks: true, after: 300 },
  ] as const)('%j, then ends', async (fault) => {
    arena.server.fault = (request) => (isFetch(request) ? fault : undefined);
    await expect(run()).rejects.toMatchObject({ code: expect.stringMatching(/^remote_/) });
  });

  it('with more than the limit, then it is too large, and nothing of it stays', async () => {
    const plain = await startGitServer(arena.root, { filters: false });
    onTestFinished(plain.close);
    commit(remote.author, 'noise', randomText(3 * 2 ** 20));
    push(remote.author);
    const limits = { ...CONTACT_LIMITS, fetchBytes: 2 ** 20 };
    const error = { code: 'remote_too_large', isServers: false };
    await expect(
      contact(arena.deps, { ...wanted(limits), url: plain.url(remote.name) }),
    ).rejects.toMatchObject(error);
    expect(readdirSync(arena.mirrors).filter((name) => name.startsWith('.tmp'))).toEqual([]);
  });
});

it('when nothing listens, or the name is unknown, then the server cannot be reached', async () => {
  const error = { code: 'remote_unreachable', isServers: true };
  for (const url of ['http://127.0.0.1:1/x.git', 'ssh://git@127.0.0.1:1/x.git', 'https://no.invalid/x.git'])
    await expect(contact(arena.deps, { ...wanted(), url })).rejects.toMatchObject(error);
});

it('when a file URL leads to no repository, then it is gone', async () => {
  await expect(contact(arena.deps, { ...wanted(), url: 'file:///none' })).rejects.toMatchObject({
    code: 'remote_gone',
  });
});

it('when the address is that of a helper program, then it is refused', () => {
  expect(() => contact(arena.deps, { ...wanted(), url: 'ext::sh -c id' })).toThrow(/remote helper/);
});

it('when some objects are too large, then they are named and the others are there', async () => {
  commit(remote.author, 'noise', randomText(3 * 2 ** 20));
  for (const name of ['a', 'b', 'c']) writeFileSync(`${remote.author}/${name}`, `text ${name}`);
  commit(remote.author, 'd', 'text d');
  push(remote.author);
  await run();
  const [large = '', ...small] = ['noise', 'a', 'b', 'c', 'd'].map((name) =>
    git(remote.author, 'rev-parse', `HEAD:${name}`),
  );
  const limits = { totalBytes: 2 ** 20, singleBytes: 2 ** 19, timeoutMs: 20_000 };
  const objects = { folder: remote.mirror, ids: [...small, large], limits };
  await expect(fetchObjects(arena.deps, objects)).rejects.toMatchObject({
    ...{ code: 'remote_too_large', ids: new Set([large]) },
  });
  const there = git(remote.mirror, 'cat-file', '--batch-check', '--batch-all-objects');
  expect([large, ...small].map((id) => there.includes(id))).toEqual([false, true, true, true, true]);
  expect(readdirSync(`${remote.mirror}/objects/pack`).filter((name) => name.startsWith('tmp'))).toEqual([]);
});

describe('when the server wants a password', () => {
  const SECRET = 'Xq7-secret-of-the-helper';
  const HEADER = 'header-secret-Zk9';

  it('that a credential helper has, then it is used and stands nowhere', async () => {
    arena.server.password = SECRET;
    const helper = `${arena.folder}/token`;
    writeFileSync(helper, `username=me\npassword=${SECRET}\n`);
    const environment = {
      ...arena.deps.environment,
      GIT_CONFIG_COUNT: '2',
      ...{ GIT_CONFIG_KEY_0: 'credential.helper', GIT_CONFIG_VALUE_0: `!cat ${helper} #` },
      ...{ GIT_CONFIG_KEY_1: 'http.extraHeader', GIT_CONFIG_VALUE_1: `X-Token: ${HEADER}` },
    };
    const deps = { ...arena.deps, environment };
    let seen = '';
    arena.server.fault = () => {
      seen += commandLines();
      return undefined;
    };
    expect(await contact(deps, wanted())).toMatchObject({ branch: 'main' });
    expect(seen).toContain('git-remote-http');
    arena.server.fault = () => ({ status: 404 });
    const error = await contact(deps, wanted()).catch(String);
    const config = readFileSync(`${remote.mirror}/config`, 'utf8');
    for (const text of [seen, String(error), config]) {
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain(HEADER);
    }
  });

  it('and it stands in the address, then git does not get it', async () => {
    const url = arena.server.url(remote.name).replace('//', `//me:${SECRET}@`);
    let seen = '';
    arena.server.fault = () => {
      seen += commandLines();
      return undefined;
    };
    await contact(arena.deps, { ...wanted(), url });
    arena.server.password = SECRET;
    const error = String(await contact(arena.deps, { ...wanted(), url }).catch(String));
    expect(error).toContain('refuses');
    for (const text of [seen, error, readFileSync(`${remote.mirror}/config`, 'utf8')])
      expect(text).not.toContain(SECRET);
  });
});

/** What stands on the command lines of all processes. */
function commandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        // It has ended.
        return '';
      }
    })
    .join('\n');
}

/** Text that cannot be compressed well. */
function randomText(length: number): string {
  return Buffer.from(Array.from({ length: length / 2 }, () => Math.floor(Math.random() * 65_536))).toString(
    'base64',
  );
}
