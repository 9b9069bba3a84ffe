import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ReportAnswer } from '../../../src/api/report.js';
import { ReportCache } from '../../../src/reader/report-cache.js';
import { openWorld, type World } from '../../helpers/world.js';
import { makeGate } from '../queue/signals.js';

let world: World;
let count = 0;
let slug: string;
let now: number;
let probes: number;
beforeAll(async () => {
  world = await openWorld('memory');
});
afterAll(() => world.close());
beforeEach(async () => {
  count += 1;
  slug = `repo-${count}`;
  await world.add(slug, { 'SCOPE.md': '# Scope\n' });
  await world.evaluate(slug);
  now = 0;
  probes = 0;
});

/** Counts the probes, and waits for `before()` before each. */
function remembering(freshMs: number, before: () => Promise<unknown> = async () => {}): ReportCache {
  const { prober } = world.deps;
  const counting: Pick<typeof prober, 'probe'> = {
    probe: async (...all) => {
      probes += 1;
      await before();
      return prober.probe(...all);
    },
  };
  const deps = { ...world.deps, prober: counting as typeof prober };
  return new ReportCache(deps, freshMs, () => now);
}

/** The database, but it delays the first answer to a statement with this text. */
function holdAnswer(text: string) {
  const [answered, gate] = [makeGate(), makeGate()];
  let isFirst = true;
  const sql = new Proxy(world.sql, {
    apply(target, self, all: unknown[]) {
      const query: unknown = Reflect.apply(target as (...given: unknown[]) => unknown, self, all);
      const isIt = isFirst && Array.isArray(all[0]) && all[0].join('').includes(text);
      if (!isIt) return query;
      isFirst = false;
      return (query as Promise<unknown>).then(async (rows) => {
        answered.open();
        await gate.opened;
        return rows;
      });
    },
  });
  return { sql, answered: answered.opened, release: gate.open };
}

async function read(memory: ReportCache): Promise<ReportAnswer & { isHit: boolean; etag: string }> {
  const { representation, isHit } = await memory.get(slug);
  const { bytes, etag } = representation.plain;
  return { ...(JSON.parse(bytes.toString()) as ReportAnswer), isHit, etag };
}

describe('a cached report', () => {
  it('is used for as long as allowed, and not a moment longer', async () => {
    const memory = remembering(1000);
    expect(await read(memory)).toMatchObject({ stale: false, isHit: false });
    await world.write(slug, 'SCOPE.md', '# Other\n');
    now = 999;
    expect(await read(memory)).toMatchObject({ stale: false, isHit: true });
    now = 1000;
    expect(await read(memory)).toMatchObject({ stale: true, isHit: false });
    expect(probes).toBe(2);
  });

  it('is void as soon as a row of the repository is written, so that no old probe makes a new row stale', async () => {
    const memory = remembering(1000);
    await read(memory);
    await world.write(slug, 'SCOPE.md', '# Other\n');
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
    expect(await read(memory)).toMatchObject({
      stale: false,
      isHit: false,
      evaluation: { ran: ['C5', 'C11'] },
    });
  });

  it.each([
    [
      'doi_request',
      (id: string) => world.sql`
      insert into doi_request (repo_id, seq, forced, priority, reason, requested_at)
      values (${id}, nextval('doi_request_seq'), false, 1, 'x', now())`,
    ],
    ['doi_cache', (id: string) => world.sql`update doi_cache set tier = 'full' where repo_id = ${id}`],
    ['doi_evaluation', (id: string) => world.sql`update doi_evaluation set host = 'x' where repo_id = ${id}`],
    [
      'doi_observation',
      (id: string) => world.sql`update doi_observation set since = now() where repo_id = ${id}`,
    ],
    ['doi_host', () => world.sql`update doi_host set capacity = capacity + 1`],
    [
      'doi_push',
      (id: string) => world.sql`
      insert into doi_push (repo_id, branch, head, pushed_at) values (${id}, 'main', 'abc', now())`,
    ],
  ] as const)('is void after a write to %s', async (_, write) => {
    const memory = remembering(1000);
    await read(memory);
    expect(await read(memory)).toMatchObject({ isHit: true });
    await write(await world.id(slug));
    expect(await read(memory)).toMatchObject({ isHit: false });
    expect(await read(memory)).toMatchObject({ isHit: true });
  });

  it('does not exist when the limit is 0', async () => {
    const memory = remembering(0);
    await read(memory);
    await world.write(slug, 'SCOPE.md', '# Other\n');
    expect(await read(memory)).toMatchObject({ stale: true, isHit: false });
  });

  it('is read once for all reads that come meanwhile, by a probe that begins after them', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let isFirst = true;
    let began = () => {};
    const firstBegan = new Promise<void>((resolve) => {
      began = resolve;
    });
    const memory = remembering(0, async () => {
      if (!isFirst) return;
      isFirst = false;
      // The first probe read the file's version before the edit.
      began();
      await held;
    });
    const first = read(memory);
    await firstBegan;
    const others = Promise.all(Array.from({ length: 20 }, () => read(memory)));
    await world.write(slug, 'SCOPE.md', '# Other\n');
    release();
    await first;
    for (const answer of await others) expect(answer.stale).toBe(true);
    expect(probes).toBe(2);
  });

  it('when comparing takes too long, is answered in time as not compared, also to reads that wait for the next reading', async () => {
    const gate = makeGate();
    const { prober } = world.deps;
    const held: Pick<typeof prober, 'probe'> = {
      probe: async (...all) => {
        await gate.opened;
        return prober.probe(...all);
      },
    };
    const deps = { ...world.deps, prober: held as typeof prober, answerMs: 100 };
    const memory = new ReportCache(deps, 1000, () => now);
    const reason = 'SCOPE.md was not compared: reading the checkout took too long.';
    for (const answer of await Promise.all([read(memory), read(memory)])) {
      expect(answer).toMatchObject({ stale: true, verified: 'registry', isHit: false, tier: 'none' });
      expect(answer.stale_reasons.map(({ text }) => text)).toContain(reason);
    }
    gate.open();
    await expect.poll(() => read(memory), { timeout: 5000 }).toMatchObject({ stale: false });
  });

  it.each([
    ['a read of its row version', 'select r.slug'],
    ['a read of its rows', 'as request_state'],
  ])('is not answered from %s that was under way before a row was written', async (_, text) => {
    const held = holdAnswer(text);
    const memory = new ReportCache({ ...world.deps, sql: held.sql }, 1000, () => now);
    // Only a cached report needs the statement that reads row versions.
    if (text === 'select r.slug') await read(memory);
    const first = read(memory);
    await held.answered;
    await world.sql`
      insert into doi_request (repo_id, seq, forced, priority, reason, requested_at)
      values (${await world.id(slug)}, nextval('doi_request_seq'), false, 1, 'written', now())`;
    const second = read(memory);
    held.release();
    expect(await first).toMatchObject({ refresh: null });
    expect(await second).toMatchObject({ refresh: { reason: 'written' }, isHit: false });
    expect(await read(memory)).toMatchObject({ refresh: { reason: 'written' }, isHit: true });
  });

  it('is not used for a repository that is gone, and no error is cached', async () => {
    const memory = remembering(1000);
    await read(memory);
    await world.sql`delete from managed_repos where slug = ${slug}`;
    await expect(read(memory)).rejects.toMatchObject({ code: 'unknown_repository' });
    await world.add(slug);
    expect(await read(memory)).toMatchObject({ stale: true, isHit: false });
  });
});

describe('a report’s tag', () => {
  it('is the same as long as the body is, in every process, and differs per encoding', async () => {
    const [one, other] = [remembering(0), remembering(1000)];
    const { etag } = await read(one);
    expect((await read(other)).etag).toBe(etag);
    const { representation } = await one.get(slug);
    const zipped = await representation.encoded(true);
    expect(zipped.etag).not.toBe(etag);
    expect(gunzipSync(zipped.bytes)).toEqual(representation.plain.bytes);
    await world.write(slug, 'SCOPE.md', '# Other\n');
    expect((await read(one)).etag).not.toBe(etag);
  });
});
