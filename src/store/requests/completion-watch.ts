/** Waits for requests to end: all of them by one statement, a few times a second. */
import type { Clock } from '../../platform/clock.js';
import { type Sql, statement } from '../../platform/postgres/sql.js';
import { isDeferred } from './find-requests.js';

const POLL_MS = 50;

/**
 * How a request ended. `completed`: with a verdict, or nothing was left to do. `waiting`: its start broke or was deferred,
 * and is tried again later. `open`: the wait was aborted before the request ended.
 */
export type Completion = 'completed' | 'waiting' | 'open';

/** A request, and what was started before it at the latest. */
export interface AwaitedRequest {
  readonly repoId: string;
  /** The last observation number that had been drawn when the request was committed. */
  readonly after: string;
}

interface Waiting extends AwaitedRequest {
  readonly resolve: (completion: Completion) => void;
  readonly reject: (error: unknown) => void;
}

/** Polls the database for all callers together. */
export class CompletionWatch {
  readonly #sql: Sql;
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #waiting = new Set<Waiting>();
  #isPolling = false;

  constructor({ sql, clock }: { readonly sql: Sql; readonly clock: Pick<Clock, 'sleep'> }) {
    this.#sql = sql;
    this.#clock = clock;
  }

  /**
   * Waits until a start of the request that was just committed has ended. A later request for the same repository does
   * not prolong the wait.
   * @param signal ends the wait
   * @throws {DoiError} `database_unavailable`, `schema_incompatible`
   */
  async wait(repoId: string, signal: AbortSignal): Promise<Completion> {
    if (signal.aborted) return 'open';
    const after = await readLastObservation(this.#sql);
    if (signal.aborted) return 'open';
    return new Promise((resolve, reject) => {
      const waiting = { repoId, after, resolve, reject };
      this.#waiting.add(waiting);
      signal.addEventListener('abort', () => this.#end(waiting, 'open'), { once: true });
      if (!this.#isPolling) void this.#poll();
    });
  }

  #end(waiting: Waiting, completion: Completion): void {
    this.#waiting.delete(waiting);
    waiting.resolve(completion);
  }

  async #poll(): Promise<void> {
    this.#isPolling = true;
    while (this.#waiting.size > 0) {
      const all = [...this.#waiting];
      try {
        const completions = await readCompletions(this.#sql, all);
        for (const [index, waiting] of all.entries()) {
          const completion = completions[index] ?? 'open';
          if (completion !== 'open') this.#end(waiting, completion);
        }
      } catch (error) {
        for (const waiting of all) {
          this.#waiting.delete(waiting);
          waiting.reject(error);
        }
      }
      if (this.#waiting.size > 0) await this.#clock.sleep(POLL_MS);
    }
    this.#isPolling = false;
  }
}

/**
 * The last observation number that was drawn: every later start has a greater one.
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readLastObservation(sql: Sql): Promise<string> {
  const [row] = await statement(
    sql<{ last: string }[]>`select last_value::text as last from doi_observation_seq`,
  );
  return row?.last ?? '0';
}

/**
 * Reads which requests have ended, and how. A start that began after the request was committed has a greater observation
 * number, so its end is known even where a further request was made since. Locks nothing; reads by primary keys.
 * @returns one for each, in their order
 * @throws {DoiError} `database_unavailable`, `schema_incompatible`
 */
export async function readCompletions(sql: Sql, requests: readonly AwaitedRequest[]): Promise<Completion[]> {
  const ids = requests.map(({ repoId }) => repoId);
  const observations = requests.map(({ after }) => after);
  const rows = await statement(sql<{ completion: Completion }[]>`
    select case
        when ${isDeferred(sql)} then 'waiting'
        when f.observation > a.after and f.observation >= coalesce(e.observation, 0) then 'waiting'
        when q.repo_id is null or e.observation > a.after then 'completed'
        else 'open'
      end as completion
    from unnest(${ids}::text[], ${observations}::text[]) with ordinality as given (id, observation, place)
    cross join lateral (select given.id::uuid as id, given.observation::bigint as after) a
    left join doi_request q on q.repo_id = a.id
    left join doi_evaluation e on e.repo_id = a.id
    left join doi_failure f on f.repo_id = a.id
    order by given.place`);
  return rows.map(({ completion }) => completion);
}
