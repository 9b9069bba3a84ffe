/** Rows made by hand for tests of single statements: repositories, evaluations, what is stored of a repository. */
import { randomUUID } from 'node:crypto';
import type { Versions } from '../../../src/domain/fingerprint.js';
import { VERSIONED_KEYS } from '../../../src/domain/input.js';
import type { NewRequest } from '../../../src/domain/request.js';
import { TIER_CRITERIA } from '../../../src/domain/tier.js';
import { CRITERION_IDS, type CriterionTier, type Status, type Verdict } from '../../../src/domain/verdict.js';
import type { Sql } from '../../../src/platform/postgres/sql.js';
import type { NewFailure } from '../../../src/store/evaluations/failures.js';
import type { WrittenEvaluation } from '../../../src/store/evaluations/write-evaluation.js';
import type { StartedKey } from '../../../src/store/requests/end-requests.js';
import { startRequest } from '../../../src/store/requests/start-requests.js';

/** Registers a repository without a checkout; returns its id. */
export async function insertRepository(sql: Sql, status = 'active'): Promise<string> {
  const id = randomUUID();
  await sql`insert into managed_repos (id, slug, name, status) values (${id}, ${`r-${id}`}, ${id}, ${status})`;
  return id;
}

/** A request that is not forced. */
export function plainRequest(repoId: string, change: Partial<NewRequest> = {}): NewRequest {
  return { repoId, reason: 'test', priority: 5, forced: false, wanted: 'w1', ...change };
}

export const FAILURE: NewFailure = {
  code: 'checker_crashed',
  message: 'It broke.',
  remedy: 'Repair it.',
  fingerprint: 'w1',
  retryMs: 60_000,
};

/** Fourteen verdicts of the given statuses, in the order of the criteria; the last one repeats. */
export function makeVerdicts(statuses: readonly Status[]): Verdict[] {
  const tiers = Object.keys(TIER_CRITERIA) as CriterionTier[];
  return CRITERION_IDS.map((id, index) => ({
    id,
    label: `Label of ${id}`,
    tier: tiers.find((tier) => TIER_CRITERIA[tier].includes(id)) ?? 'core',
    status: statuses[index] ?? statuses.at(-1) ?? 'pass',
    detail: 'As it was found.',
    remedy: null,
  }));
}

export function makeVersions(mark: string): Versions {
  return Object.fromEntries(VERSIONED_KEYS.map((key) => [key, `${key}-${mark}`])) as Versions;
}

export interface WriteOptions {
  readonly repoId: string;
  readonly observation: number;
  readonly statuses: readonly Status[];
  readonly seq?: string;
  readonly failure?: NewFailure;
}

/** An evaluation ready to be written; everything in it names its observation. */
export function makeWrite({
  repoId,
  observation,
  statuses,
  seq = '0',
  failure,
}: WriteOptions): WrittenEvaluation {
  const at = new Date().toISOString();
  return {
    versions: makeVersions(String(observation)),
    verdicts: makeVerdicts(statuses),
    digests: { repo: `digest-${observation}` },
    judgedAt: Object.fromEntries(CRITERION_IDS.map((id) => [id, at])),
    hadGit: true,
    ran: [...CRITERION_IDS],
    kept: [],
    changed: [],
    durations: { C7: 12.5 },
    request: { repoId, seq, observation: String(observation), startedAt: at },
    trigger: `observation ${observation}`,
    collapsed: {},
    durationMs: 1,
    host: 'here',
    build: '2026-03-20T10:42:07.000Z#abc',
    seen: { repoId, claimedBy: null, fingerprint: null, head: null, headAt: null, seenAt: at },
    failure,
  };
}

/** Starts the open request, as a worker does before it probes. */
export async function start(sql: Sql, repoId: string): Promise<StartedKey> {
  const started = await startRequest(sql, repoId);
  if (started === undefined) throw new Error('nothing is asked for');
  return { repoId, seq: started.seq, startedAt: started.startedAt, observation: started.observation };
}

/** Everything that is stored of a repository, as text, to compare two reads. */
export async function dumpRepository(sql: Sql, repoId: string): Promise<Record<string, unknown[]>> {
  const dump: Record<string, unknown[]> = {};
  for (const table of ['doi_cache', 'doi_evaluation', 'doi_request', 'doi_failure', 'doi_history']) {
    const rows = await sql<{ text: string }[]>`
      select row_to_json(t)::text as text from ${sql(table)} t where repo_id = ${repoId} order by 1`;
    dump[table] = rows.map(({ text }) => JSON.parse(text) as unknown);
  }
  return dump;
}

export interface RequestRow {
  seq: string;
  forced: boolean;
  priority: number;
  reason: string;
  wanted: string | null;
  started: boolean;
  starts: number;
  /** Seconds from now until it may be tried; null where it may be at once. */
  delay: number | null;
  requested_at: string;
}

/** The open request of a repository. */
export async function readRequest(sql: Sql, repoId: string): Promise<RequestRow | undefined> {
  const [row] = await sql<RequestRow[]>`
    select seq::text, forced, priority, reason, wanted, started_at is not null as started, starts,
      extract(epoch from not_before - clock_timestamp())::float8 as delay, requested_at::text
    from doi_request where repo_id = ${repoId}`;
  return row;
}

/** Makes a deferred request due. */
export async function makeDue(sql: Sql, repoId: string): Promise<void> {
  await sql`update doi_request set not_before = clock_timestamp() - interval '1 second'
    where repo_id = ${repoId} and not_before is not null`;
  await sql`update doi_failure set retry_at = clock_timestamp() - interval '1 second' where repo_id = ${repoId}`;
}
