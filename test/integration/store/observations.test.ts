import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sql } from '../../../src/platform/postgres/sql.js';
import { voidTimesAhead } from '../../../src/store/hosts/future-times.js';
import {
  announceHost,
  awaitRecords,
  readDatabaseTime,
  recordHeartbeat,
} from '../../../src/store/hosts/heartbeat.js';
import { type Observation, recordObservations } from '../../../src/store/hosts/record-observations.js';
import { writeHeartbeat } from '../../helpers/heartbeat.js';
import { openTestDatabase, type TestDatabase } from '../../helpers/test-database.js';
import { makeGate } from '../queue/signals.js';
import { insertRepository } from './rows.js';

let database: TestDatabase;
let sql: Sql;
let repoId: string;
beforeAll(async () => {
  database = await openTestDatabase();
  sql = database.sql;
});
beforeEach(async () => {
  await sql`delete from doi_host`;
  for (const host of ['a', 'b'])
    await announceHost(sql, { host, version: '1.0.0', capacity: 1, isolation: 'none' });
  repoId = await insertRepository(sql);
});
afterAll(() => database.close());

const seen = async (fingerprint: string, change: Partial<Observation> = {}): Promise<Observation> => ({
  ...{ repoId, fingerprint, head: null, headAt: null, claimedBy: null, seenAt: await readDatabaseTime(sql) },
  ...change,
});
const record = async (passBeganAt: string) =>
  writeHeartbeat(sql, { host: 'a', passBeganAt, version: '1.0.0', capacity: 1, isolation: 'none' });
const stored = async () => {
  const [row] = await sql<{ host: string; fingerprint: string; current: boolean }[]>`
    select host, fingerprint, recorded_at between seen_at and clock_timestamp() as current
    from doi_observation where repo_id = ${repoId}`;
  return row;
};

/** Runs `during` while an observation is written and not committed yet. */
async function whileRecording(one: Observation, during: () => Promise<void>): Promise<void> {
  const recorded = makeGate();
  const commit = makeGate();
  const recording = sql.begin(async (transaction) => {
    await recordObservations(transaction as unknown as Sql, 'a', [one], true);
    recorded.open();
    await commit.opened;
  });
  await recorded.opened;
  const running = during();
  const waiting = () => sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  await expect.poll(waiting).not.toHaveLength(0);
  commit.open();
  await recording;
  await running;
}

describe('the first claim', () => {
  it('stays when two hosts claim at once', async () => {
    const [first, second] = [await seen('by a'), await seen('by b')];
    await whileRecording(first, () => recordObservations(sql, 'b', [second]));
    expect(await stored()).toMatchObject({ host: 'a', fingerprint: 'by a' });
  });

  it('is not made by a host without a row: no heartbeat could cover it', async () => {
    await recordObservations(sql, 'c', [await seen('by c')]);
    expect(await stored()).toBeUndefined();
  });

  it('moves to another host only if it still is the one that was read before the probe', async () => {
    await recordObservations(sql, 'a', [await seen('by a')]);
    await recordObservations(sql, 'b', [await seen('by b', { claimedBy: 'c' })]);
    expect(await stored()).toMatchObject({ host: 'a' });
    await recordObservations(sql, 'b', [await seen('by b', { claimedBy: 'a' })]);
    expect(await stored()).toMatchObject({ host: 'b', current: true });
  });
});

describe('an observation', () => {
  it('has the time of its recording, which is after that of its probe', async () => {
    const early = await seen('early');
    const between = await readDatabaseTime(sql);
    await recordObservations(sql, 'a', [early]);
    const [row] = await sql`
      select recorded_at > ${between}::text::timestamptz as later from doi_observation where repo_id = ${repoId}`;
    expect(row).toEqual({ later: true });
  });

  it('never overwrites a later one', async () => {
    const early = await seen('early');
    await recordObservations(sql, 'a', [await seen('late')]);
    await recordObservations(sql, 'a', [early], true);
    expect(await stored()).toMatchObject({ fingerprint: 'late' });
  });

  it('that is being written delays a pass, which then compares with it', async () => {
    let ended = false;
    const record = await seen('under way');
    await whileRecording(record, async () => {
      await awaitRecords(sql, 'a');
      ended = true;
      expect(await stored()).toMatchObject({ fingerprint: 'under way' });
    });
    expect(ended).toBe(true);
  });

  it('of another host delays no pass', async () => {
    await sql.begin(async (transaction) => {
      await recordObservations(transaction as unknown as Sql, 'a', [await seen('by a')]);
      await awaitRecords(sql, 'b');
    });
  });
});

describe("where the database's clock was set back", () => {
  const goBack = async () => {
    await sql`update doi_observation set seen_at = seen_at + interval '1 hour',
      recorded_at = recorded_at + interval '1 hour' where repo_id = ${repoId}`;
    await sql`update doi_host set heartbeat = heartbeat + interval '1 hour'`;
  };

  it('a new observation overwrites one from the future', async () => {
    await recordObservations(sql, 'a', [await seen('before')]);
    await goBack();
    await recordObservations(sql, 'a', [await seen('now')]);
    expect(await stored()).toMatchObject({ fingerprint: 'now', current: true });
  });

  it('an unchanged observation is recorded again, so that a heartbeat can cover it again', async () => {
    await recordObservations(sql, 'a', [await seen('same')]);
    await goBack();
    await recordObservations(sql, 'a', [await seen('same')]);
    expect(await stored()).toMatchObject({ current: true });
  });

  it('all times are voided, also those in the past, and stay void when the clock has passed them', async () => {
    await recordObservations(sql, 'a', [await seen('before')]);
    await record(await readDatabaseTime(sql));
    expect(await voidTimesAhead(sql)).toBe(false);
    await sql`update doi_host set heartbeat = clock_timestamp() + interval '1 hour' where host = 'b'`;
    expect(await voidTimesAhead(sql)).toBe(true);
    const [row] = await sql`
      select bool_and(heartbeat = to_timestamp(0)) as hosts, (select bool_and(seen_at = to_timestamp(0)
        and recorded_at <= clock_timestamp()) from doi_observation) as records from doi_host`;
    expect(row).toEqual({ hosts: true, records: true });
    expect(await stored(), 'the claim stays, and what was seen').toMatchObject({ fingerprint: 'before' });
  });

  it('when one contact or push lies in the future, then all mirrors are due and no time ahead stays', async () => {
    const other = await insertRepository(sql);
    const never = await insertRepository(sql);
    await sql`insert into doi_source (repo_id, mirror_host, server, contacted_at, due_at) values
      (${repoId}, 'a', 's', now() - interval '1 hour', now() + interval '1 hour'),
      (${never}, 'a', 's', null, now() + interval '1 hour')`;
    await sql`insert into doi_push (repo_id, branch, head, pushed_at) values
      (${repoId}, 'main', 'c', now() - interval '1 hour'), (${other}, 'main', 'c', now() - interval '1 hour')`;
    await sql`insert into doi_server (host, server, problem, since, said_at, attempts, retry_at)
      values ('a', 's', '{}', now(), now(), 1, now() + interval '1 hour')`;
    expect(await voidTimesAhead(sql), 'a server is left alone until a time that lies ahead').toBe(false);
    for (const ahead of [
      sql`update doi_push set pushed_at = now() + interval '1 hour' where repo_id = ${other}`,
      sql`update doi_source set contacted_at = now() + interval '1 hour' where repo_id = ${repoId}`,
    ]) {
      await ahead;
      expect(await voidTimesAhead(sql)).toBe(true);
      const [row] = await sql`
        select bool_and(contacted_at is null and due_at <= clock_timestamp()) as sources,
          (select bool_and(pushed_at <= clock_timestamp()) from doi_push) as pushes,
          (select min(pushed_at) < now() - interval '50 minutes' from doi_push) as earlier,
          (select bool_and(retry_at <= clock_timestamp()) from doi_server) as servers from doi_source`;
      expect(row).toEqual({ sources: true, pushes: true, earlier: true, servers: true });
      expect(await voidTimesAhead(sql)).toBe(false);
    }
  });

  it('an observation from the future is recorded with an unknown age', async () => {
    const [row] = await sql<[{ at: string }]>`select (clock_timestamp() + interval '1 hour')::text as at`;
    await recordObservations(sql, 'a', [await seen('by a', { seenAt: row.at })]);
    const [recorded] =
      await sql`select seen_at = to_timestamp(0) as void from doi_observation where repo_id = ${repoId}`;
    expect(recorded).toEqual({ void: true });
  });

  it('the next heartbeat replaces one from the future; otherwise the later one stays', async () => {
    const early = await readDatabaseTime(sql);
    await record(await readDatabaseTime(sql));
    await goBack();
    const now = await readDatabaseTime(sql);
    await record(now);
    await record(early);
    const [row] =
      await sql`select heartbeat = ${now}::text::timestamptz as now from doi_host where host = 'a'`;
    expect(row).toEqual({ now: true });
  });
});

describe('a heartbeat', () => {
  /** Writes the heartbeat of a pass with `during` in the middle of it. @returns whether it was written */
  async function passWhile(
    during: () => Promise<unknown>,
    differing: readonly string[] = [],
  ): Promise<boolean> {
    const passBeganAt = await readDatabaseTime(sql);
    const mark = await awaitRecords(sql, 'a');
    if (mark === undefined) throw new Error('a is not known');
    await during();
    const heartbeat = { host: 'a', passBeganAt, version: '1.0.0', capacity: 1, isolation: 'none' } as const;
    return recordHeartbeat(sql, heartbeat, { mark, differing });
  }

  it('is written though an observation was recorded since, which has its own time', async () => {
    await recordObservations(sql, 'a', [await seen('before')]);
    expect(await passWhile(async () => recordObservations(sql, 'a', [await seen('since')]))).toBe(true);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['the server is another one, or crashed', () => sql`update doi_incarnation set id = gen_random_uuid()`],
    [
      'an observation was restored that is older than the pass',
      () => sql`update doi_observation set fingerprint = 'restored'`,
    ],
  ])('is refused when %s', async (_, during) => {
    await recordObservations(sql, 'a', [await seen('before')]);
    expect(await passWhile(during)).toBe(false);
    expect(await passWhile(async () => {}), 'the next pass compares again').toBe(true);
  });

  it('is refused when a differing observation is there as it was, because the new one was lost', async () => {
    await recordObservations(sql, 'a', [await seen('before')]);
    expect(await passWhile(async () => {}, [repoId])).toBe(false);
  });

  it('is refused when its time lies in the future, and written by the next pass', async () => {
    const mark = await awaitRecords(sql, 'a');
    if (mark === undefined) throw new Error('a is not known');
    const [row] = await sql<[{ at: string }]>`select (clock_timestamp() + interval '1 minute')::text as at`;
    const heartbeat = {
      host: 'a',
      passBeganAt: row.at,
      version: '1.0.0',
      capacity: 1,
      isolation: 'none',
    } as const;
    expect(await recordHeartbeat(sql, heartbeat, { mark, differing: [] })).toBe(false);
  });

  it('is refused when less time has passed by the database clock than the pass took: that clock was set back', async () => {
    const mark = await awaitRecords(sql, 'a');
    if (mark === undefined) throw new Error('a is not known');
    const passBeganAt = await readDatabaseTime(sql);
    const heartbeat = { host: 'a', passBeganAt, version: '1.0.0', capacity: 1, isolation: 'none' } as const;
    expect(await recordHeartbeat(sql, heartbeat, { mark, differing: [], passMs: 60_000 })).toBe(false);
    expect(await recordHeartbeat(sql, heartbeat, { mark, differing: [], passMs: 1 })).toBe(true);
  });
});
