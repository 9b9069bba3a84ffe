import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Clock } from '../../src/platform/clock.js';
import { RemoteIndex } from '../../src/registry/remote-index.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { insertRepository } from './store/rows.js';

let database: TestDatabase;
let now = 0;
/** Waiting moves this clock on at once. */
const clock: Clock = {
  now: () => now,
  sleep: async (ms) => {
    now += ms;
  },
};
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  await database.sql`delete from managed_repos`;
});
afterAll(() => database.close());

async function add(slug: string, remote: string | null, status = 'active'): Promise<string> {
  const id = await insertRepository(database.sql, status);
  await database.sql`update managed_repos set slug = ${slug}, remote_url = ${remote} where id = ${id}`;
  return id;
}

/** The pool, which counts what it is asked. */
function counted() {
  const counter = { reads: 0 };
  const sql = new Proxy(database.sql, {
    apply(target, self, args) {
      counter.reads += 1;
      return Reflect.apply(target, self, args);
    },
  });
  return { counter, index: new RemoteIndex(sql, clock) };
}

const slugs = async (index: RemoteIndex, ...remotes: string[]) =>
  (await index.find(remotes)).map(({ slug }) => slug);

test('all active repositories of a remote are found, each once, in whatever form the URL is written', async () => {
  await add('b', 'https://git.example/acme/thing.git');
  await add('a', 'git@GIT.example:Acme/Thing');
  await add('archived', 'https://git.example/acme/thing', 'archived');
  await add('other', 'https://git.example.evil.example/acme/thing');
  await add('none', null);
  await add('odd', 'not a remote');
  const { index } = counted();
  const found = await slugs(
    index,
    'ssh://git@git.example/acme/thing',
    'https://git.example/acme/thing',
    'odd',
  );
  expect(found).toEqual(['a', 'b']);
  expect(await slugs(index, 'not a remote')).toEqual([]);
  expect(await slugs(index)).toEqual([]);
});

test('when a person named the branch of a repository, then the match has it, also after it was changed', async () => {
  const id = await add('a', 'https://h/a');
  await add('b', 'https://h/a');
  const { index } = counted();
  const branches = async () => {
    now += 1000;
    return (await index.find(['https://h/a'])).map(({ branch }) => branch);
  };
  expect(await branches()).toEqual([null, null]);
  await database.sql`insert into doi_source (repo_id, branch) values (${id}, 'next')`;
  expect(await branches()).toEqual(['next', null]);
  await database.sql`update doi_source set branch = 'other' where repo_id = ${id}`;
  expect(await branches()).toEqual(['other', null]);
});

test('the registry is read once for all calls within a second', async () => {
  await add('a', 'https://h/a');
  const { index, counter } = counted();
  const all = await Promise.all(Array.from({ length: 100 }, () => slugs(index, 'https://h/a')));
  expect(all.flat()).toHaveLength(100);
  now += 999;
  await slugs(index, 'https://h/a');
  expect(counter.reads).toBe(1);
  now += 1;
  await slugs(index, 'https://h/a');
  expect(counter.reads).toBe(2);
});

test('a repository that was registered just now is found, by one more read for any number of calls', async () => {
  await add('a', 'https://h/a');
  const { index, counter } = counted();
  await slugs(index, 'https://h/a');
  await add('b', 'https://h/b');
  now += 10;
  const all = await Promise.all(Array.from({ length: 100 }, () => slugs(index, 'https://h/b')));
  expect(all.flat()).toHaveLength(100);
  expect(counter.reads).toBe(2);
});

test('when nothing matches repeatedly, then reads take at most a quarter of the time', async () => {
  await add('a', 'https://h/a');
  // Each reading takes 100 ms by this clock.
  const slow = new Proxy(database.sql, {
    apply(target, self, args) {
      now += 100;
      return Reflect.apply(target, self, args);
    },
  });
  const index = new RemoteIndex(slow, clock);
  const began = now;
  for (let round = 0; round < 10; round += 1) expect(await slugs(index, 'https://h/none')).toEqual([]);
  expect(now - began).toBe(10 * 400 - 300);
});

test('a call during a read gets a match from that read, without waiting for the next one', async () => {
  await add('a', 'https://h/a');
  const { index, counter } = counted();
  const first = slugs(index, 'https://h/a');
  const began = now;
  now += 10;
  expect(await Promise.all([first, slugs(index, 'https://h/a')])).toEqual([['a'], ['a']]);
  expect({ reads: counter.reads, waited: now - began }).toEqual({ reads: 1, waited: 10 });
});

test('a read that fails makes the calls that wait for it fail, and no later ones', async () => {
  await add('a', 'https://h/a');
  await database.sql`alter table managed_repos rename to away`;
  const { index } = counted();
  await expect(index.find(['https://h/a'])).rejects.toMatchObject({ code: 'schema_incompatible' });
  await database.sql`alter table away rename to managed_repos`;
  expect(await slugs(index, 'https://h/a')).toEqual(['a']);
});

test('after the clock was set back, nothing that was read before is used', async () => {
  await add('a', 'https://h/a');
  const { index, counter } = counted();
  await slugs(index, 'https://h/a');
  now -= 3_600_000;
  await slugs(index, 'https://h/a');
  expect(counter.reads).toBe(2);
});

test('10,000 repositories that have not changed cost little to read again', async () => {
  await database.sql`
    insert into managed_repos (id, slug, name, remote_url)
    select gen_random_uuid(), 'r-' || i, 'r', 'https://git.example/acme/thing-' || i || '.git'
    from generate_series(1, 10000) i`;
  const { index, counter } = counted();
  const times: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    now += 1000;
    const began = performance.now();
    expect(await slugs(index, 'git@git.example:acme/thing-9999')).toEqual(['r-9999']);
    times.push(Math.round(performance.now() - began));
  }
  console.log(`10,000 remotes read: ${times.join(', ')} ms`);
  expect(counter.reads).toBe(4);
  expect(Math.min(...times.slice(1))).toBeLessThan(times[0]!);
});
