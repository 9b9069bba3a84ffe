/**
 * Writes an evaluation: the row of doi_cache and all that goes with it, in one guarded statement; and repairs the sequence
 * of observation numbers.
 */
import { randomUUID } from 'node:crypto';
import type { Evaluation } from '../../domain/evaluation.js';
import { joinFingerprint } from '../../domain/fingerprint.js';
import { reachTier } from '../../domain/tier.js';
import { type Sql, statement, withoutWaiting } from '../../platform/postgres/sql.js';
import { type Observation, observationWrites } from '../hosts/record-observations.js';
import { type Deferral, deferWrites, isStarted, type StartedKey } from '../requests/end-requests.js';
import { failureWrites, type NewFailure } from './failures.js';

export interface WrittenEvaluation extends Evaluation {
  readonly request: StartedKey;
  readonly trigger: string;
  /** How often which reasons were collapsed into the request, beside the trigger. */
  readonly collapsed: Readonly<Record<string, number>>;
  /** Milliseconds. */
  readonly durationMs: number;
  readonly host: string;
  /** Which build judged it, as `buildName` gives it. */
  readonly build: string;
  /** The observation that it rests on, recorded with it: other processes need not wait for the next pass of the watch. */
  readonly seen: Observation;
  /** Whether the checkout was updated first. */
  readonly updated?: boolean;
  /**
   * Set where the checker or the update failed: the rest is written, the failure recorded, and the request kept for a later
   * try.
   */
  readonly failure?: NewFailure | undefined;
  /**
   * Set where the checker or the update was not tried: the rest is written, an earlier failure stays as it is, and the
   * request is deferred.
   */
  readonly deferral?: Deferral | undefined;
}

/**
 * Writes an evaluation, unless a newer one has been written.
 *
 * Locks the row of doi_evaluation first and reads the former tier and statuses from that locked row, so that two
 * concurrent writers neither go backwards nor record a history that never was. The observation is recorded even where the
 * write is refused: it is ordered by its own time. Does not wait for the disk: a server that dies loses all of it or
 * nothing, the end of the request included, so that a worker judges again. A hot write is one statement: a server
 * connection that dies inside a transaction would take the process with it (porsager/postgres#1208).
 * @returns false where a newer evaluation stands, or the repository was unregistered: the worker starts again
 */
export async function writeEvaluation(sql: Sql, written: WrittenEvaluation): Promise<boolean> {
  const { repoId, observation } = written.request;
  const { tier, corePass, standardPass, fullPass } = reachTier(written.verdicts);
  const criteria = JSON.stringify(written.verdicts);
  const fingerprint = joinFingerprint(written.versions);
  const statuses = sql.json(Object.fromEntries(written.verdicts.map(({ id, status }) => [id, status])));
  const changed = sql.json(written.changed.map((change) => ({ ...change })));
  const collapsed = sql.json({ ...written.collapsed });
  const inputs = sql.json({ digests: { ...written.digests }, had_git: written.hadGit });
  const [row] = await statement(sql<{ written: boolean }[]>`
    with held as (
      select repo_id, observation, tier, statuses from doi_evaluation
      where repo_id = ${repoId} and coalesce(observation, 0) < ${observation}::bigint
      for update
    ), cached as (
      insert into doi_cache (id, repo_id, tier, core_pass, standard_pass, full_pass, criteria, fingerprint,
        checked_at, updated_at)
      select ${randomUUID()}, repo_id, ${tier}, ${corePass}, ${standardPass}, ${fullPass},
        ${criteria}::text::json, ${fingerprint}, statement_timestamp(), statement_timestamp()
      from held
      on conflict (repo_id) do update set
        tier = excluded.tier, core_pass = excluded.core_pass, standard_pass = excluded.standard_pass,
        full_pass = excluded.full_pass, criteria = excluded.criteria, fingerprint = excluded.fingerprint,
        checked_at = excluded.checked_at, updated_at = excluded.updated_at
    ), evaluated as (
      update doi_evaluation e set
        observation = ${observation}::bigint,
        cache_digest = doi_cache_digest(${tier}, ${corePass}, ${standardPass}, ${fullPass}, ${criteria},
          ${fingerprint}, statement_timestamp()),
        tier = ${tier}, statuses = ${statuses}, inputs = ${inputs},
        ran = ${written.ran as string[]}::text[], kept = ${written.kept as string[]}::text[],
        changed = ${changed}, trigger = ${written.trigger}, collapsed = ${collapsed}, duration_ms = ${written.durationMs},
        durations_ms = ${sql.json({ ...written.durations })},
        host = ${written.host}, updated = ${written.updated ?? false}, build = ${written.build}, judged_at = ${sql.json({ ...written.judgedAt })}
      from held where e.repo_id = held.repo_id
    ), history as (
      insert into doi_history (repo_id, observation, at, tier_was, tier_now, statuses_was, statuses_now, changed)
      select repo_id, ${observation}::bigint, statement_timestamp(), tier, ${tier}, statuses, ${statuses},
        ${changed}
      from held
      where tier is distinct from ${tier} or statuses is distinct from ${statuses}::jsonb
      on conflict do nothing
    ), ${endWrites(sql, written)}, ${observationWrites(sql, written.host, written.seen)}
    select exists (select from held) as written, ${withoutWaiting(sql)}`);
  return row?.written ?? false;
}

/** The writes to the failure and the request, as common table expressions that follow `held`. */
function endWrites(sql: Sql, { request, failure, deferral }: WrittenEvaluation) {
  const condition = sql`exists (select from held)`;
  if (failure !== undefined) return failureWrites(sql, request, failure, condition);
  if (deferral !== undefined) {
    // The earlier failure is moved to this observation, so that it stays valid: what had failed was not tried again.
    return sql`
      failure as (
        update doi_failure f set observation = ${request.observation}::bigint
        from held where f.repo_id = held.repo_id and f.observation >= coalesce(held.observation, 0)
      ), ${deferWrites(sql, request, deferral, condition)}`;
  }
  return sql`
    failure as (delete from doi_failure f using held where f.repo_id = held.repo_id),
    completed as (delete from doi_request where exists (select from held) and ${isStarted(sql, request)}),
    later as (
      update doi_request q set starts = 0 from held where q.repo_id = held.repo_id and q.seq <> ${request.seq}
    )`;
}

/**
 * Moves the sequence of observation numbers past the highest that was written, where a restored backup left it behind:
 * every write would be refused as older. Never moves it back.
 */
export async function repairObservationSequence(sql: Sql): Promise<void> {
  await statement(sql`
    select setval('doi_observation_seq', e.highest + 1000)
    from (select max(observation) as highest from doi_evaluation) e, doi_observation_seq s
    where e.highest > s.last_value`);
}
