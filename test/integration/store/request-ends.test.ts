import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { NewRequest } from '../../../src/domain/request.js';
import { recordFailure } from '../../../src/store/evaluations/failures.js';
import { countFailures } from '../../../src/store/evaluations/read-last-evaluation.js';
import { writeEvaluation } from '../../../src/store/evaluations/write-evaluation.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import {
  completeAsFresh,
  completeRequest,
  deferRequest,
  requeueRequest,
  resumeLeftRequests,
  type StartedKey,
} from '../../../src/store/requests/end-requests.js';
import { findDueRequests } from '../../../src/store/requests/find-requests.js';
import { startRequest } from '../../../src/store/requests/start-requests.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';
import {
  dumpRepository,
  FAILURE,
  insertRepository,
  makeDue,
  makeWrite,
  plainRequest,
  readRequest,
  start as startKey,
} from './rows.js';

let database: TestDatabase;
let repoId: string;
beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  repoId = await insertRepository(database.sql);
});
afterAll(() => database.close());

const requestFor = (change: Partial<NewRequest> = {}) =>
  addRequests(database.sql, [plainRequest(repoId, change)]);
const request = () => readRequest(database.sql, repoId);
const failures = async () => (await dumpRepository(database.sql, repoId))['doi_failure'];

const start = () => startKey(database.sql, repoId);

async function requestAndStart(change: Partial<NewRequest> = {}): Promise<StartedKey> {
  await requestFor(change);
  return start();
}

describe('a start', () => {
  it('counts, and draws a higher observation number each time', async () => {
    await requestFor({ forced: true, reason: 'why', priority: 2 });
    const first = await startRequest(database.sql, repoId);
    const second = await startRequest(database.sql, repoId);
    expect(first).toMatchObject({ forced: true, reason: 'why', priority: 2, starts: 1 });
    expect(second).toMatchObject({ starts: 2, seq: first?.seq });
    expect(BigInt(second?.observation ?? 0)).toBeGreaterThan(BigInt(first?.observation ?? 0));
  });

  it('of a deferred request begins only when the time of that has come', async () => {
    await recordFailure(database.sql, await requestAndStart(), FAILURE);
    expect(await startRequest(database.sql, repoId)).toBeUndefined();
    expect(await findDueRequests(database.sql, [repoId], 0)).toEqual([]);
    await makeDue(database.sql, repoId);
    expect(await findDueRequests(database.sql, [repoId], 0)).toHaveLength(1);
    expect(await startRequest(database.sql, repoId)).toMatchObject({ starts: 1 });
  });

  it('finds nothing where there is no request', async () => {
    expect(await startRequest(database.sql, repoId)).toBeUndefined();
  });

  it('whose worker died is found again after a while, the most urgent request first', async () => {
    const other = await insertRepository(database.sql);
    await addRequests(database.sql, [plainRequest(other, { priority: 1 })]);
    await requestAndStart();
    expect(await findDueRequests(database.sql, [repoId, other], 60_000)).toEqual([]);
    await database.sql`update doi_request set started_at = started_at - interval '1 hour',
      requested_at = requested_at - interval '1 hour' where repo_id in (${repoId}, ${other})`;
    expect(await findDueRequests(database.sql, [repoId, other], 60_000)).toEqual([
      { repoId: other, priority: 1 },
      { repoId, priority: 5 },
    ]);
  });
});

describe('a request from the future, because the clock was set back since', () => {
  it.each(['requested_at', 'started_at'])('is found: %s', async (column) => {
    await requestFor();
    expect(await findDueRequests(database.sql, [repoId], 60_000)).toEqual([]);
    const { sql } = database;
    await sql`update doi_request set ${sql(column)} = clock_timestamp() + interval '1 hour' where repo_id = ${repoId}`;
    expect(await findDueRequests(sql, [repoId], 60_000)).toEqual([{ repoId, priority: 5 }]);
  });
});

describe('the end of a start', () => {
  it('completes the request that was started', async () => {
    expect(await completeRequest(database.sql, await requestAndStart())).toBe(true);
    expect(await request()).toBeUndefined();
  });

  it('does not complete a request that was made after the start', async () => {
    const run = await requestAndStart();
    await requestFor({ reason: 'later' });
    expect(await completeRequest(database.sql, run)).toBe(false);
    expect(await request()).toMatchObject({ reason: 'later', started: false });
  });

  it('does not complete a request whose start the server lost: a later one then has the same row', async () => {
    const run = await requestAndStart();
    await database.sql`update doi_request set started_at = null, starts = 0 where repo_id = ${repoId}`;
    // It adds nothing to what waits.
    expect(await requestFor()).toEqual([]);
    expect(await completeRequest(database.sql, run)).toBe(false);
    const seen = {
      repoId,
      claimedBy: null,
      fingerprint: null,
      head: null,
      headAt: null,
      seenAt: run.startedAt,
    };
    await completeAsFresh(database.sql, run, { host: 'here', seen });
    const write = makeWrite({
      repoId,
      observation: Number(run.observation),
      statuses: ['pass'],
      seq: run.seq,
    });
    expect(await writeEvaluation(database.sql, { ...write, request: run })).toBe(true);
    expect(await request()).toMatchObject({ started: false });
  });

  it('by a write completes only its own request, and clears the failure', async () => {
    await recordFailure(database.sql, await requestAndStart(), FAILURE);
    await makeDue(database.sql, repoId);
    const run = await start();
    await requestFor({ reason: 'later' });
    const observation = Number(run.observation);
    const write = makeWrite({ repoId, observation, statuses: ['pass'], seq: run.seq });
    expect(await writeEvaluation(database.sql, write)).toBe(true);
    expect(await failures()).toEqual([]);
    expect(await request()).toMatchObject({ reason: 'later' });
  });

  it('is an end for later requests too: their starts are counted from zero', async () => {
    for (const end of ['complete', 'write', 'fail'] as const) {
      const run = await requestAndStart();
      await requestFor({ wanted: 'w2' });
      expect(await request()).toMatchObject({ starts: 1 });
      const observation = Number(run.observation);
      if (end === 'complete') await completeRequest(database.sql, run);
      if (end === 'fail') await recordFailure(database.sql, run, FAILURE);
      if (end === 'write') {
        const write = makeWrite({ repoId, observation, statuses: ['pass'], seq: run.seq });
        await writeEvaluation(database.sql, write);
      }
      expect(await request(), end).toMatchObject({ starts: 0, delay: null, wanted: 'w2' });
      await completeRequest(database.sql, await start());
    }
  });

  it('is also an end where the probe itself broke, for requests that were made without probing', async () => {
    const run = await requestAndStart();
    await requestFor({ wanted: null });
    await recordFailure(database.sql, run, { ...FAILURE, fingerprint: null });
    expect(await request()).toMatchObject({ starts: 0, delay: null });
  });

  it('by a requeue reverts the start, for a later request as well', async () => {
    const run = await requestAndStart();
    await requeueRequest(database.sql, run);
    expect(await request()).toMatchObject({ started: false, starts: 0, delay: null });
    const again = await start();
    await requestFor({ reason: 'later' });
    await requeueRequest(database.sql, again);
    expect(await request()).toMatchObject({ started: false, starts: 0, reason: 'later' });
  });
});

describe('a start that another worker has made since', () => {
  it('stays when the earlier start is requeued, so that a request during it is a new one', async () => {
    const lost = await requestAndStart();
    const running = await start();
    await requeueRequest(database.sql, lost);
    expect(await request()).toMatchObject({ started: true, starts: 2 });
    expect(await requestFor()).toMatchObject([{ repoId, collapsed: false }]);
    await completeRequest(database.sql, running);
    expect(await request(), 'the push during the run is still to be done').toBeDefined();
  });
});

describe('a failure', () => {
  it('is recorded, counted, and delays the request', async () => {
    await recordFailure(database.sql, await requestAndStart(), FAILURE);
    expect(await failures()).toMatchObject([{ code: 'checker_crashed', attempts: 1 }]);
    expect((await request())?.delay).toBeGreaterThan(50);
    await makeDue(database.sql, repoId);
    await recordFailure(database.sql, await start(), { ...FAILURE, code: 'checker_timed_out' });
    const [failure] = (await failures()) as { since: string; last_at: string }[];
    expect(failure).toMatchObject({ code: 'checker_timed_out', attempts: 2 });
    expect(failure && failure.since < failure.last_at).toBe(true);
  });

  it('does not delay a request that was made meanwhile', async () => {
    const run = await requestAndStart();
    await requestFor({ priority: 1, wanted: null });
    await recordFailure(database.sql, run, FAILURE);
    expect(await request()).toMatchObject({ priority: 1, delay: null });
  });

  it.each([1, 2] as const)(
    'does not delay the request of a person or a push, even if the watch then requests the failed inputs: priority %i',
    async (priority) => {
      const run = await requestAndStart();
      await requestFor({ priority, forced: true, wanted: null });
      await requestFor();
      await recordFailure(database.sql, run, FAILURE);
      expect(await request()).toMatchObject({ priority, forced: true, delay: null, starts: 0 });
    },
  );

  it('delays a request that was made meanwhile for the very inputs that failed: otherwise a slow one would run without a pause', async () => {
    const run = await requestAndStart();
    await requestFor();
    await recordFailure(database.sql, run, FAILURE);
    expect((await request())?.delay).toBeGreaterThan(50);
  });

  it('of a start that another one overtook and completed is not recorded', async () => {
    const slow = await requestAndStart();
    const fast = await start();
    const write = makeWrite({ repoId, observation: Number(fast.observation), statuses: ['pass'] });
    await writeEvaluation(database.sql, { ...write, request: fast });
    await recordFailure(database.sql, slow, FAILURE);
    expect(await failures()).toEqual([]);
  });

  it('of an earlier start does not replace that of a later one', async () => {
    const slow = await requestAndStart();
    const fast = await start();
    await recordFailure(database.sql, fast, { ...FAILURE, code: 'checker_timed_out' });
    await recordFailure(database.sql, slow, FAILURE);
    expect(await failures()).toMatchObject([{ code: 'checker_timed_out', attempts: 1 }]);
  });

  it('that a newer evaluation has overtaken is void, though two concurrent writes left it there', async () => {
    const slow = await requestAndStart();
    const fast = await start();
    const statuses = ['pass'] as const;
    const write = makeWrite({ repoId, observation: Number(fast.observation), statuses, seq: fast.seq });
    await writeEvaluation(database.sql, write);
    expect(await countFailures(database.sql, repoId)).toBe(0);
    await requestFor({ wanted: 'w2' });
    await recordFailure(database.sql, slow, FAILURE);
    expect(await failures()).toHaveLength(1);
    expect(await countFailures(database.sql, repoId)).toBe(0);
    await recordFailure(database.sql, await start(), FAILURE);
    expect(await countFailures(database.sql, repoId)).toBeGreaterThan(0);
  });

  it('of an unregistered repository is not recorded', async () => {
    const run = await requestAndStart();
    await database.sql`delete from managed_repos where id = ${repoId}`;
    await expect(recordFailure(database.sql, run, FAILURE)).resolves.toBeUndefined();
  });
});

describe('when a worker starts, then a request may start at once', () => {
  it.each([
    ['that waits for a contact of its host', 1, { isUnderWay: true }, 'here', null],
    ['but not one of another host', 1, { isUnderWay: true }, 'there', 60],
    ['but not one whose last try has ended', 1, {}, 'here', 60],
  ] as const)('%s', async (_what, priority, wait, host, delay) => {
    const run = await requestAndStart({ priority });
    await database.sql`insert into doi_source (repo_id, mirror_host) values (${repoId}, ${host})`;
    await deferRequest(database.sql, run, { fingerprint: null, retryMs: 60_000, ...wait });
    await resumeLeftRequests(database.sql, 'here');
    const left = (await request())?.delay ?? null;
    expect(left === null ? null : Math.round(left / 10) * 10).toBe(delay);
  });
});
