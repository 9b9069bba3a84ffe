import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joinFingerprint } from '../../src/domain/fingerprint.js';
import { reachTier } from '../../src/domain/tier.js';
import type { Status } from '../../src/domain/verdict.js';
import { closeSql, openSql, type Sql } from '../../src/platform/postgres/sql.js';
import { readBases } from '../../src/store/evaluations/read-basis.js';
import { type WrittenEvaluation, writeEvaluation } from '../../src/store/evaluations/write-evaluation.js';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { startRequest } from '../../src/store/requests/start-requests.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import {
  dumpRepository,
  FAILURE,
  insertRepository,
  makeWrite,
  plainRequest,
} from '../integration/store/rows.js';

let database: TestDatabase;
let pools: Sql[];
beforeAll(async () => {
  database = await openTestDatabase();
  pools = [1, 2, 3, 4].map((n) => openSql({ url: database.url, purpose: `writer ${n}`, connections: 6 }));
});
afterAll(async () => {
  await Promise.all(pools.map(closeSql));
  await database.close();
});

const REPOSITORIES = 20;
const WRITES = 50;

interface Attempt {
  readonly written: WrittenEvaluation;
  readonly accepted: boolean;
}

interface HistoryRow {
  observation: number;
  tier_was: string | null;
  tier_now: string;
  statuses_was: unknown;
  statuses_now: unknown;
}

const statusesOf = ({ verdicts }: WrittenEvaluation) =>
  Object.fromEntries(verdicts.map(({ id, status }) => [id, status]));

/** Few enough, so that neighbours are often equal. */
const someStatuses = fc.constantFrom<Status[]>(
  ['pass'],
  ['fail'],
  ['pass', 'warn', 'skip'],
  ['pass', 'warn'],
);

/** What the history must hold: one entry where an accepted write differs from the accepted one before it. */
function expectedHistory(accepted: readonly WrittenEvaluation[]): HistoryRow[] {
  let was: { tier: string | null; statuses: unknown } = { tier: null, statuses: null };
  return accepted.flatMap((written) => {
    const now = { tier: reachTier(written.verdicts).tier, statuses: statusesOf(written) };
    const entry = {
      observation: Number(written.request.observation),
      tier_was: was.tier,
      tier_now: now.tier,
      statuses_was: was.statuses,
      statuses_now: now.statuses,
    };
    const isSame = JSON.stringify(was) === JSON.stringify(now);
    was = now;
    return isSame ? [] : [entry];
  });
}

async function expectNewestStands(repoId: string, attempts: readonly Attempt[]): Promise<void> {
  const byNumber = (one: Attempt, other: Attempt) =>
    Number(one.written.request.observation) - Number(other.written.request.observation);
  const accepted = attempts
    .filter((attempt) => attempt.accepted)
    .sort(byNumber)
    .map(({ written }) => written);
  const newest = [...attempts].sort(byNumber).at(-1)?.written;
  if (newest === undefined) throw new Error('nothing was written');
  expect(accepted.at(-1)).toBe(newest);

  const dump = await dumpRepository(database.sql, repoId);
  const { tier, corePass, standardPass, fullPass } = reachTier(newest.verdicts);
  expect(dump['doi_cache']).toMatchObject([
    {
      ...{ tier, core_pass: corePass, standard_pass: standardPass, full_pass: fullPass },
      criteria: newest.verdicts,
      fingerprint: joinFingerprint(newest.versions),
    },
  ]);
  expect(dump['doi_evaluation']).toMatchObject([
    {
      ...{ observation: Number(newest.request.observation), tier, statuses: statusesOf(newest) },
      trigger: newest.trigger,
      inputs: { digests: newest.digests },
    },
  ]);
  // The row and the evaluation are of one write: else nothing of it could be kept.
  expect((await readBases(database.sql, [repoId]))[0]?.last.evaluation?.versions).toEqual(newest.versions);
  const history = await database.sql<HistoryRow[]>`
    select observation::int, tier_was, tier_now, statuses_was, statuses_now
    from doi_history where repo_id = ${repoId} order by observation`;
  expect([...history]).toEqual(expectedHistory(accepted));
}

test('of a thousand writes at once the newest stays, and the history is the chain of the accepted ones', async () => {
  const plan = fc.array(
    fc.tuple(
      fc.uniqueArray(fc.integer({ min: 1, max: 1_000_000 }), { minLength: WRITES, maxLength: WRITES }),
      fc.array(someStatuses, { minLength: WRITES, maxLength: WRITES }),
    ),
    { minLength: REPOSITORIES, maxLength: REPOSITORIES },
  );
  const check = async (perRepository: [number[], Status[][]][]) => {
    const ids = await Promise.all(perRepository.map(() => insertRepository(database.sql)));
    // There is no earlier write, so the first writes race as well.
    await database.sql`insert into doi_evaluation (repo_id) select unnest(${ids}::uuid[])`;
    const writes = perRepository.flatMap(([observations, statuses], index) =>
      observations.map((observation, n) => ({
        ...{ repoId: ids[index] ?? '', observation, statuses: statuses[n] ?? [] },
      })),
    );
    // Turn by turn over the repositories, so that each one's writes lie on many connections at once.
    const turns = writes.map((_, n) => writes[(n % REPOSITORIES) * WRITES + Math.floor(n / REPOSITORIES)]);
    const attempts = await Promise.all(
      turns.map(async (planned, n) => {
        const written = makeWrite(planned ?? { repoId: '', observation: 0, statuses: [] });
        return { written, accepted: await writeEvaluation(pools[n % pools.length] ?? database.sql, written) };
      }),
    );
    for (const id of ids) {
      await expectNewestStands(
        id,
        attempts.filter(({ written }) => written.request.repoId === id),
      );
    }
  };
  await fc.assert(fc.asyncProperty(plan, check), { numRuns: 3, endOnFailure: true });
}, 120_000);

test('two first writes that race leave one row, of the newer one, and no transition that never was', async () => {
  for (let round = 0; round < 30; round += 1) {
    const repoId = await insertRepository(database.sql);
    await database.sql`insert into doi_evaluation (repo_id) values (${repoId})`;
    const writes = [
      makeWrite({ repoId, observation: 1, statuses: ['pass'] }),
      makeWrite({ repoId, observation: 2, statuses: ['fail'] }),
    ];
    const attempts = await Promise.all(
      (round % 2 ? writes : writes.reverse()).map(async (written, n) => ({
        written,
        accepted: await writeEvaluation(pools[n] ?? database.sql, written),
      })),
    );
    await expectNewestStands(repoId, attempts);
  }
});

test('a write that is refused changes nothing at all', async () => {
  const { sql } = database;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 100 }),
      someStatuses,
      fc.boolean(),
      async (older, statuses, fails) => {
        const repoId = await insertRepository(sql);
        await addRequests(sql, [plainRequest(repoId)]);
        const started = await startRequest(sql, repoId);
        const seq = started?.seq ?? '';
        await writeEvaluation(
          sql,
          makeWrite({ repoId, observation: 100, statuses: ['warn'], seq, failure: FAILURE }),
        );
        const before = await dumpRepository(sql, repoId);
        expect(before).toMatchObject({ doi_failure: [{ attempts: 1 }], doi_request: [{}] });
        const planned = { repoId, observation: older, statuses, seq };
        const late = makeWrite(fails ? { ...planned, failure: { ...FAILURE, code: 'late' } } : planned);
        expect(await writeEvaluation(sql, late)).toBe(false);
        expect(await dumpRepository(sql, repoId)).toEqual(before);
      },
    ),
    { numRuns: 50 },
  );
});
