import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { contact } from '../../../../src/git/remote/contact.js';
import { fetchObjects } from '../../../../src/git/remote/fetch-objects.js';
import { commit, git, push } from '../../../helpers/git-repository.js';
import { makeArena, type Arena, type Remote } from './arena.js';

let arena: Arena;
let remote: Remote;
beforeAll(async () => {
  arena = await makeArena('contact');
});
beforeEach(() => {
  remote = arena.remote();
});
afterAll(() => arena.close());

const LIMITS = { totalBytes: 2 ** 20, singleBytes: 2 ** 20, timeoutMs: 20_000 };
const blob = (name: string) => git(remote.author, 'rev-parse', `HEAD:${name}`);
const has = (folder: string, id: string) =>
  git(folder, 'cat-file', '--batch-check', '--batch-all-objects').includes(id);

describe.each(['http', 'file'] as const)('a contact over %s', (protocol) => {
  const url = () => (protocol === 'http' ? arena.server.url(remote.name) : `file://${remote.path}`);

  it('when there is no mirror, then makes one with the tip and without blobs', async () => {
    const head = commit(remote.author, 'a/SCOPE.md', '# Scope\n');
    push(remote.author);
    const end = await contact(arena.deps, { url: url(), branch: null, folder: remote.mirror });
    expect(end).toMatchObject({ branch: 'main', commit: head, fetched: true, isNew: true });
    expect(git(remote.mirror, 'ls-tree', '-r', '--name-only', 'HEAD')).toContain('a/SCOPE.md');
    expect(has(remote.mirror, blob('a/SCOPE.md'))).toBe(false);
    expect(readdirSync(arena.mirrors)).not.toContainEqual(expect.stringMatching(/^\.tmp/));
    expect(readFileSync(`${remote.mirror}/HEAD`, 'utf8')).toBe('ref: refs/heads/main\n');
  });

  it('when nothing changed, then fetches nothing; and blobs are fetched by their ids', async () => {
    const wanted = { url: url(), branch: null, folder: remote.mirror };
    await contact(arena.deps, wanted);
    expect(await contact(arena.deps, wanted)).toMatchObject({ fetched: false, isNew: false });
    await fetchObjects(arena.deps, { folder: remote.mirror, ids: [blob('README.md')], limits: LIMITS });
    expect(has(remote.mirror, blob('README.md'))).toBe(true);
  });
});
