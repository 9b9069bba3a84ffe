/** Waits for asks to end: all of them by one look at the database, a few times a second. */
import type { Clock } from '../../platform/clock.js';
import { type Sql, statement } from '../../platform/postgres/sql.js';

const POLL_MS = 50;

interface Waiting extends AwaitedRequest {
  readonly resolve: (isSettled: boolean) => void;
  readonly reject: (error: unknown) => void;
}

export class CompletionWatch {
  readonly #sql: Sql;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #waiting = new Set<Waiting>();
  #isLooking = false;

  constructor({ sql, clock }: { readonly sql: Sql; readonly clock: Pick<Clock, 'sleep'> }) {
    this.#sql = sql;
    this.#clock = clock;
  }

  /**
   * Waits until the evaluation has ended that was just asked for: it was written, it broke, or it was put off.
   * @returns false where the signal aborted before
   * @throws {DoiError} `database_unavailable`, `schema_incompatible`
   */
  async settles(repoId: string, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    const after = await readLastObservation(this.#sql);
    if (signal.aborted) return false;
    return new Promise((resolve, reject) => {
      const waiting = { repoId, after, resolve, reject };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', () => this.#end(waiting, false), { once: true });
      if (!this.#isLooking) void this.#look();
    });
  }

  #end(waiting: Waiting, isSettled: boolean): void {
    this.#waiting.delete(waiting);
    waiting.resolve(isSettled);
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    while (this.#waiting.size > 0) {
      const all = [...this.#waiting];
      try {
        const settled = await findCompleted(this.#sql, all);
        for (const [index, waiting] of all.entries()) if (settled[index]) this.#end(waiting, true);
      } catch (error) {
        for (const waiting of all) {
          this.#waiting.delete(waiting);
          waiting.reject(error);
        }
      }
      if (this.#waiting.size > 0) await this.#clock.sleep(POLL_MS);
    }
    this.#isLooking = false;
  }
}

/* Finds which asks have come to their end. */

/** An ask, and what was started before it at the latest. */
export interface AwaitedRequest {
  readonly repoId: string;
  /** The last observation number that had been drawn when the ask was committed. */
  readonly after: string;
}

/**
 * The last observation number that was drawn: what starts from now on has a greater one.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readLastObservation(sql: Sql): Promise<string> {
  const [row] = await statement(
    sql<{ last: string }[]>`select last_value::text as last from doi_observation_seq`,
  );
  return row?.last ?? '0';
}

/**
 * Finds the asks whose evaluation has ended: it was written, it broke, or it was put off. Another ask since does not hide
 * that, since what started after the ask tells by its observation number. Locks nothing; looks up primary keys.
 * @returns for each, in their order, whether it has ended
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function findCompleted(sql: Sql, asks: readonly AwaitedRequest[]): Promise<boolean[]> {
  const ids = asks.map(({ repoId }) => repoId);
  const observations = asks.map(({ after }) => after);
  const rows = await statement(sql<{ settled: boolean }[]>`
    select q.repo_id is null or coalesce(q.not_before > clock_timestamp(), false)
      or coalesce(greatest(e.observation, f.observation) > a.after, false) as settled
    from unnest(${ids}::text[], ${observations}::text[]) with ordinality as given (id, observation, place)
    cross join lateral (select given.id::uuid as id, given.observation::bigint as after) a
    left join doi_request q on q.repo_id = a.id
    left join doi_evaluation e on e.repo_id = a.id
    left join doi_failure f on f.repo_id = a.id
    order by given.place`);
  return rows.map(({ settled }) => settled);
}

/* Waits for a request to end. */

/** `waiting`: it broke, and is tried again later. `open`: the signal aborted before it ended. */
export type Completed = 'settled' | 'waiting' | 'open';

const WAIT_POLL_MS = 50;

/** Waits until a repository has no open request any more, or its evaluation broke, or the signal aborts. */
export async function waitForCompletion(
  { sql, clock }: { readonly sql: Sql; readonly clock: Clock },
  repoId: string,
  signal: AbortSignal,
): Promise<Completed> {
  while (!signal.aborted) {
    const state = await readState(sql, repoId);
    if (state !== 'open') return state;
    await clock.sleep(WAIT_POLL_MS, signal);
  }
  return 'open';
}

async function readState(sql: Sql, repoId: string): Promise<Completed> {
  const [row] = await statement(sql<{ waiting: boolean }[]>`
    select coalesce(not_before > clock_timestamp(), false) as waiting
    from doi_request where repo_id = ${repoId}`);
  if (row === undefined) return 'settled';
  return row.waiting ? 'waiting' : 'open';
}
