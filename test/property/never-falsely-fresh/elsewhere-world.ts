/** A repository that is read where it is not at home: its inputs, its host, its database, and what was true when. */

import { closeSql, openSql, type Sql } from '../../../src/platform/postgres/sql.js';
import { watchOnce } from '../../../src/producer/watch.js';
import { readReport } from '../../../src/reader/read-report.js';
import { startRequest } from '../../../src/store/requests/start-requests.js';
import { openWorld, readBasis, type World } from '../../helpers/world.js';
import { holdProber } from '../../integration/held-prober.js';
import { makeClock, realTime, setAhead, TEST_CLOCK, whileReading } from './clock.js';

/** Which inputs there were: each edit makes the next number. */
interface State {
  readonly file: number;
  readonly row: number;
}

/** From some time on, by the real clock, something was so. */
interface Since<T> {
  /** Before this it was not so, and after `to` it was. */
  readonly from: number;
  readonly to: number;
  readonly value: T;
}

/** What is wrong with the database, to show that it is found. */
export type DatabaseFault =
  | 'dated after its snapshot'
  | 'heartbeat for another copy'
  | 'times believed again';

const SLUG = 'widget';
const KEPT = ['doi_host', 'doi_observation', 'doi_cache', 'doi_evaluation'];
const HOUR = 3_600_000;

export class ElsewhereWorld {
  readonly #world: World;
  readonly #sql: Sql;
  readonly #deps: World['deps'];
  readonly #fault: DatabaseFault | undefined;
  readonly #states: Since<State>[] = [];
  readonly #clocks: Since<number>[] = [];
  /** By the fingerprint of a stored row, which inputs it rests on. */
  readonly #judged = new Map<string, State>();
  #state: State = { file: 0, row: 0 };
  #saved: number | undefined;
  /** Whether the home host makes passes and judges. */
  isAlive = true;
  /** Whether the last read said that it is fresh. */
  wasFresh = false;

  private constructor(world: World, sql: Sql, fault: DatabaseFault | undefined) {
    this.#world = world;
    this.#sql = sql;
    this.#fault = fault;
    const own = { start: (id: string) => startRequest(sql, id), basis: (id: string) => readBasis(sql, id) };
    const check: World['deps']['check'] = async () => ({ findings: [], ms: 0 });
    this.#deps = { ...world.deps, ...own, sql, check };
    world.deps = this.#deps;
  }

  static async open(fault?: DatabaseFault): Promise<ElsewhereWorld> {
    const world = await openWorld('elsewhere');
    await world.add(SLUG, { 'CLAUDE.md': '0' });
    await makeClock(world.sql);
    if (fault === 'dated after its snapshot')
      await world.sql.unsafe(`create or replace function test_clock.now() returns timestamptz language sql volatile
        as 'select test_clock.clock_timestamp()'`);
    const sql = openSql({ url: world.url, schema: TEST_CLOCK, purpose: 'test', connections: 4 });
    const it = new ElsewhereWorld(world, sql, fault);
    await it.#note(it.#clocks, 0, async () => {});
    await it.#note(it.#states, it.#state, async () => {});
    return it;
  }

  async editFile(): Promise<void> {
    const state = { ...this.#state, file: this.#state.file + 1 };
    await this.#note(this.#states, state, () => this.#world.write(SLUG, 'CLAUDE.md', `${state.file}`));
    this.#state = state;
  }

  async editRow(): Promise<void> {
    // Never a number again that was there before a restore.
    const row = Math.max(...this.#states.map(({ value }) => value.row)) + 1;
    const state = { ...this.#state, row };
    await this.#note(
      this.#states,
      state,
      () => this.#sql`update managed_repos set remote_url = ${`https://example.org/${row}`}`,
    );
    this.#state = state;
  }

  async evaluate(): Promise<void> {
    if (!this.isAlive) return;
    await this.#world.evaluate(SLUG);
    const [row] = await this.#sql<{ fingerprint: string }[]>`select fingerprint from doi_cache`;
    if (row !== undefined && !this.#judged.has(row.fingerprint))
      this.#judged.set(row.fingerprint, this.#state);
  }

  /** A pass of the home host, with something that happens between its probe and its heartbeat. */
  async pass(during: () => Promise<void> = async () => {}): Promise<void> {
    if (!this.isAlive) return;
    const held = holdProber(this.#deps.prober);
    const passing = watchOnce({ ...this.#deps, prober: held.prober, capacity: 1, wake: async () => {} });
    await Promise.race([held.probed, passing]);
    const began = await this.#databaseTime();
    await during();
    held.release();
    const { hasHeartbeat } = await passing;
    if (!hasHeartbeat && this.#fault === 'heartbeat for another copy')
      await this.#sql`update doi_host set heartbeat = ${began}::text::timestamptz`;
  }

  async setClock(change: number): Promise<void> {
    const ahead = (this.#clocks.at(-1)?.value ?? 0) + change;
    const fault = this.#fault === 'times believed again' && change < 0;
    if (fault) await this.#keep('before_set_back');
    await this.#note(this.#clocks, ahead, () => setAhead(this.#sql, ahead));
    // The times of a copy from before that are not voided: a restore of it cannot be distinguished from one without a fault.
    if (change < 0) this.#saved = undefined;
  }

  /** Keeps a copy of what the database holds. */
  async save(): Promise<void> {
    await this.#keep('saved');
    this.#saved = this.#state.row;
  }

  /** Puts the copy in the place of what the database holds. */
  async restore(): Promise<void> {
    if (this.#saved === undefined) return;
    const state = { ...this.#state, row: this.#saved };
    await this.#note(this.#states, state, () => this.#bringBack('saved'));
    this.#state = state;
  }

  /** Reads elsewhere; where something happens meanwhile, on the home host. @returns what is false about it */
  async read(during?: () => Promise<void>): Promise<string | undefined> {
    const elsewhere = { ...this.#deps, host: 'elsewhere' };
    const { answer, verifiedAt } =
      during === undefined
        ? await readReport(elsewhere, SLUG)
        : await whileReading(this.#sql, () => readReport(this.#deps, SLUG), during);
    await this.#believeAgain();
    this.wasFresh = !answer.stale;
    if (answer.stale) return undefined;
    const judged = this.#judged.get(answer.fingerprint ?? '');
    const at = this.#realTimeOf(Date.parse(verifiedAt));
    const possible = this.#states.filter(
      ({ from }, index) => from <= at + 1 && (this.#states[index + 1]?.to ?? Infinity) >= at,
    );
    if (possible.some(({ value: { file, row } }) => file === judged?.file && row === judged.row))
      return undefined;
    return `fresh as of ${verifiedAt} with ${JSON.stringify(judged)}, when there was ${JSON.stringify(possible)}`;
  }

  async close(): Promise<void> {
    await closeSql(this.#sql);
    await this.#world.close();
  }

  /** With a fault, times that were voided are restored, as if no process had noticed that they were still to come. */
  async #believeAgain(): Promise<void> {
    if (this.#fault !== 'times believed again') return;
    const [found] = await this.#sql`select to_regclass('test_clock.before_set_back_doi_host') as kept`;
    if (found?.['kept'] === null) return;
    await this.#sql`update doi_host h set heartbeat = k.heartbeat from test_clock.before_set_back_doi_host k
      where k.host = h.host and h.heartbeat = to_timestamp(0)`;
    await this.#sql`update doi_observation o set seen_at = k.seen_at, recorded_at = k.recorded_at
      from test_clock.before_set_back_doi_observation k where k.repo_id = o.repo_id and o.seen_at = to_timestamp(0)`;
  }

  async #keep(name: string): Promise<void> {
    for (const table of [...KEPT, 'managed_repos']) {
      await this.#sql.unsafe(`drop table if exists test_clock.${name}_${table}`);
      await this.#sql.unsafe(`create table test_clock.${name}_${table} as select * from ${table}`);
    }
  }

  async #bringBack(name: string): Promise<void> {
    await this.#sql.begin(async (sql) => {
      await sql.unsafe(`update managed_repos r set remote_url = k.remote_url, updated_at = k.updated_at
        from test_clock.${name}_managed_repos k where k.id = r.id`);
      for (const table of KEPT)
        await sql.unsafe(
          `delete from ${table}; insert into ${table} select * from test_clock.${name}_${table}`,
        );
    });
  }

  async #databaseTime(): Promise<string> {
    const [row] = await this.#sql<[{ at: string }]>`select clock_timestamp()::text as at`;
    return row.at;
  }

  async #note<T>(list: Since<T>[], value: T, change: () => PromiseLike<unknown>): Promise<void> {
    const from = await realTime(this.#sql);
    await change();
    list.push({ from, to: await realTime(this.#sql), value });
  }

  /** When the database's clock showed that time last, by the real clock. */
  #realTimeOf(shown: number): number {
    for (let index = this.#clocks.length - 1; index >= 0; index -= 1) {
      const { from, value } = this.#clocks[index] as Since<number>;
      if (shown - value >= from - 1) return Math.min(shown - value, this.#clocks[index + 1]?.to ?? Infinity);
    }
    return -HOUR;
  }
}
