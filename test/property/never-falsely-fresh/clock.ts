/** A clock of the database that a test can set, and a gate that holds a read after its snapshot. */
import { expect } from 'vitest';
import type { Sql } from '../../../src/platform/postgres/sql.js';

/** The search path of a pool that goes by this clock: its functions come before those of PostgreSQL. */
export const TEST_CLOCK = 'test_clock, public, pg_catalog';
const GATE = 42;

/** Makes both in a database of a test's own. */
export async function makeClock(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create schema test_clock;
    create table test_clock.ahead (by interval not null);
    insert into test_clock.ahead values ('0');
    create function test_clock.clock_timestamp() returns timestamptz language sql volatile
      as 'select pg_catalog.clock_timestamp() + by from test_clock.ahead';
    create function test_clock.now() returns timestamptz language sql stable
      as 'select pg_catalog.now() + by from test_clock.ahead';
    create function test_clock.statement_timestamp() returns timestamptz language sql stable
      as 'select pg_catalog.statement_timestamp() + by from test_clock.ahead';
    create function test_clock.pass() returns boolean language plpgsql volatile
      as 'begin perform pg_advisory_xact_lock_shared(${GATE}); return true; end';
    create view test_clock.tpsc_snapshots as select * from public.tpsc_snapshots where (select test_clock.pass())`);
}

/** Sets the clock: so many milliseconds ahead of the real one. */
export async function setAhead(sql: Sql, ms: number): Promise<void> {
  await sql`update test_clock.ahead set by = ${ms} * interval '1 millisecond'`;
}

/** The real time, in milliseconds since the epoch. */
export async function realTime(sql: Sql): Promise<number> {
  const [row] = await sql<[{ ms: number }]>`
    select extract(epoch from pg_catalog.clock_timestamp())::float8 * 1000 as ms`;
  return row.ms;
}

/** Runs `during` while a read holds its snapshot and has not put out its row. */
export async function whileReading<T>(
  sql: Sql,
  read: () => Promise<T>,
  during: () => Promise<void>,
): Promise<T> {
  let reading: Promise<T> | undefined;
  await sql.begin(async (transaction) => {
    await transaction`select pg_advisory_xact_lock(${GATE})`;
    reading = read();
    const waiting = () => sql`select from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`;
    await expect.poll(waiting, { interval: 2 }).not.toHaveLength(0);
    await during();
    // Times are shown in milliseconds: what is put out after this is clearly later than what happened.
    await transaction`select pg_sleep(0.01)`;
  });
  if (reading === undefined) throw new Error('nothing was read');
  return reading;
}
