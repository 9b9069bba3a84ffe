import { cp, rename, rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { watchOnce } from '../../../src/producer/watch.js';
import { openWorld, type World } from '../../helpers/world.js';
import { dumpRepository, makeDue, readRequest } from '../store/rows.js';
import { type CheckerFixture, useChecker } from './checker-fixture.js';

let world: World;
let checker: CheckerFixture;
let count = 0;
let slug: string;
let repoId: string;
beforeAll(async () => {
  world = await openWorld('partial');
  checker = await useChecker(world);
});
beforeEach(async () => {
  await checker.works();
  world.checkTimeoutMs = 20_000;
  count += 1;
  slug = `repo-${count}`;
  repoId = await world.add(slug, { 'SCOPE.md': '# Scope\n', 'workplans/README.md': 'Plans.\n' });
  expect(await world.evaluate(slug)).toMatchObject({ end: 'written' });
});
afterAll(() => world.close());

type Answer = Awaited<ReturnType<World['read']>>;
const verdict = (answer: Answer, id: string) => answer.criteria.find((one) => one.id === id);
const staleInputs = (answer: Answer) => answer.stale_reasons.map(({ input }) => input);

/** The next evaluation, as the watch or a retry brings it about. */
async function evaluateAgain() {
  await makeDue(world.sql, repoId);
  return world.evaluate(slug);
}

describe('when the checker alone breaks', () => {
  it.each([
    ['crashes', 'checker_crashed'],
    ['hangs', 'checker_timed_out'],
    ['floods', 'checker_flooded'],
  ] as const)(
    'as it %s, the other twelve are judged, and the row reads stale for the checker alone',
    async (breaks, code) => {
      const before = await world.read(slug);
      await checker[breaks]();
      if (breaks === 'hangs') world.checkTimeoutMs = 500;
      await world.write(slug, 'SCOPE.md', '# Scope\n\n## One-liner\nSomething.\n');
      expect(await world.evaluate(slug)).toMatchObject({ end: 'failed', error: { code } });
      const after = await world.read(slug);
      expect(after.evaluation?.ran).toEqual(['C5', 'C11']);
      expect(verdict(after, 'C5')).not.toEqual(verdict(before, 'C5'));
      for (const id of ['C7', 'C13']) expect(verdict(after, id)).toEqual(verdict(before, id));
      expect(staleInputs(after)).toEqual(['checker']);
      expect(after).toMatchObject({
        failure: { code, attempts: 1 },
        refresh: { state: 'waiting' },
      });
      expect(after.evaluation?.judged_at['C7']).toBe(before.evaluation?.judged_at['C7']);
    },
  );

  it('when nothing else changed, then the worker neither writes the row nor gives it a new date', async () => {
    const before = await dumpRepository(world.sql, repoId);
    await world.write(slug, 'workplans/README.md', 'Other plans.\n');
    await checker.crashes();
    expect(await world.evaluate(slug)).toMatchObject({ end: 'failed', error: { code: 'checker_crashed' } });
    const after = await dumpRepository(world.sql, repoId);
    for (const table of ['doi_cache', 'doi_evaluation', 'doi_history'])
      expect(after[table]).toEqual(before[table]);
    expect(await world.read(slug)).toMatchObject({ stale: true, failure: { attempts: 1 } });
  });

  it('when the folder changed too, then the row reads stale for that as well', async () => {
    await checker.crashes();
    await world.write(slug, 'workplans/README.md', 'Other plans.\n');
    await world.write(slug, 'CLAUDE.md', 'Hello.\n');
    await world.evaluate(slug);
    expect(staleInputs(await world.read(slug))).toEqual(['workplans', 'checker']);
  });

  it.each(['rules', 'checkout', 'slug'] as const)(
    'while the %s changed, the verdicts of the checker read stale until it has judged again',
    async (what) => {
      const { check, release } = world.deps;
      const judged = (await world.read(slug)).evaluation?.judged_at['C7'];
      const broken = new DoiError('checker_crashed', 'It broke.', 'Repair it.');
      world.deps = { ...world.deps, check: () => Promise.reject(broken) };
      try {
        if (what === 'rules')
          world.deps = { ...world.deps, release: { ...release, criteriaDigest: 'f'.repeat(16) } };
        if (what === 'checkout') {
          await cp(world.path(slug), world.path(`${slug}-copy`), {
            recursive: true,
            preserveTimestamps: true,
          });
          await rm(world.path(slug), { recursive: true });
          await rename(world.path(`${slug}-copy`), world.path(slug));
        }
        if (what === 'slug') {
          slug = `${slug}-renamed`;
          await world.sql`update managed_repos set slug = ${slug} where id = ${repoId}`;
        }
        expect(await world.evaluate(slug)).toMatchObject({ end: 'failed' });
        expect(staleInputs(await world.read(slug))).toContain('workplans');
        world.deps = { ...world.deps, check };
        expect(staleInputs(await world.read(slug))).toContain('workplans');
        const before = world.checks;
        expect(await evaluateAgain()).toMatchObject({ end: 'written' });
        expect(world.checks).toBe(before + 1);
        const after = await world.read(slug);
        expect(after).toMatchObject({ stale: false, failure: null });
        expect(judged && judged < (after.evaluation?.judged_at['C7'] ?? '')).toBe(true);
      } finally {
        world.deps = { ...world.deps, check, release };
      }
    },
  );

  it('the next evaluation with a checker that works clears the failure and makes the row fresh', async () => {
    await checker.crashes();
    await world.evaluate(slug);
    await checker.works('repaired');
    expect(await evaluateAgain()).toMatchObject({ end: 'written' });
    expect(await world.read(slug)).toMatchObject({ stale: false, failure: null, refresh: null });
  });

  it('the failure clears even where the checker is as it was before', async () => {
    const { check } = world.deps;
    try {
      await world.write(slug, 'workplans/README.md', 'Other plans.\n');
      const broken = new DoiError('checker_timed_out', 'It hung.', 'Repair it.');
      world.deps = { ...world.deps, check: () => Promise.reject(broken) };
      await world.evaluate(slug);
      expect(await world.read(slug)).toMatchObject({ stale: true, failure: { attempts: 1 } });
    } finally {
      world.deps = { ...world.deps, check };
    }
    expect(await evaluateAgain()).toMatchObject({ end: 'written', ran: 2, kept: 12 });
    expect(await world.read(slug)).toMatchObject({ stale: false, failure: null, refresh: null });
  });

  it('several times, then the worker retries after ever longer pauses', async () => {
    await checker.crashes();
    const delays: number[] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await evaluateAgain();
      expect((await world.read(slug)).failure).toMatchObject({ attempts: attempt });
      delays.push((await readRequest(world.sql, repoId))?.delay ?? 0);
    }
    // 5 s, 30 s and 5 min, each spread by a fifth, less what has passed.
    for (const [n, most] of [6, 36, 360].entries()) {
      expect(delays[n]).toBeLessThanOrEqual(most);
      expect(delays[n]).toBeGreaterThan((most / 6) * 4 - 3);
    }
  });

  it('the watch, which reads the row stale, does not bring the next try forward', async () => {
    await checker.crashes();
    await world.evaluate(slug);
    const before = await readRequest(world.sql, repoId);
    const woken: string[] = [];
    const wake = async (wakes: readonly { repoId: string }[]) => {
      woken.push(...wakes.map((one) => one.repoId));
    };
    await watchOnce({ ...world.deps, capacity: 1, wake });
    expect(woken).not.toContain(repoId);
    expect(await readRequest(world.sql, repoId)).toMatchObject({ seq: before?.seq, started: false });
  });

  it('a repository that was never evaluated gets no row, only the failure', async () => {
    await checker.crashes();
    const other = `${slug}-new`;
    await world.add(other);
    expect(await world.evaluate(other)).toMatchObject({ end: 'failed' });
    expect(await world.read(other)).toMatchObject({
      ...{ tier: 'none', criteria: [], checked_at: null },
      failure: { code: 'checker_crashed' },
    });
  });
});
