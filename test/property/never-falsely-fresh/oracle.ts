/**
 * Judges a repository from scratch: rows, files and checker are read again, and all fourteen criteria run on them. No
 * version, no digest, nothing stored and nothing of what decides what is judged again has a part in it.
 */
import { statSync } from 'node:fs';
import { CRITERIA } from '../../../src/criteria/index.js';
import {
  type CheckoutValue,
  type Finding,
  type Findings,
  type InputValues,
  type RepoColumns,
  TEXT_FILE_KEYS,
} from '../../../src/domain/input.js';
import type { CriterionId, Verdict } from '../../../src/domain/verdict.js';
import { loadInputs } from '../../../src/inputs/load/load-inputs.js';
import type { Sql } from '../../../src/platform/postgres/sql.js';
import { expandHome } from '../../../src/platform/settings/setting-forms.js';

export interface OracleSettings {
  readonly sql: Sql;
  readonly host: string;
  readonly check: (checkout: { path: string; slug: string }) => Promise<readonly Finding[]>;
}

/** By criterion; one that is missing could not be judged, because the checker broke. */
export type Scratch = ReadonlyMap<CriterionId, Verdict>;

/** @returns undefined where another host is to judge it, or it is not active */
export async function judgeFromScratch(
  { sql, host, check }: OracleSettings,
  repoId: string,
): Promise<Scratch | undefined> {
  const row = await readRow(sql, repoId);
  const { hostPaths } = row.repo;
  const named = Object.keys(hostPaths);
  if (row.status !== 'active' || (named.length > 0 && !named.includes(host))) return undefined;
  const path = named.length > 0 ? hostPaths[host] || undefined : (row.repo.localPath ?? undefined);
  const checkout = stateOf(host, path);
  const loaded = loadInputs({ path: checkout.state === 'present' ? path : undefined }, [
    ...TEXT_FILE_KEYS,
    '.claude/rules',
    'workplans',
  ]);
  const { workplans, ...texts } = Object.fromEntries(
    Object.entries(loaded).map(([key, one]) => [key, one.value]),
  );
  const values: Partial<InputValues> = {
    repo: row.repo,
    domain: row.domain,
    tpsc: { snapshots: row.snapshots },
    goal: { active: row.goals },
    checkout,
    ...texts,
  };
  const findings = await find(workplans, () => check({ path: expandHome(path ?? ''), slug: row.repo.slug }));
  if (findings !== undefined) Object.assign(values, { findings });
  const judged = CRITERIA.filter(({ inputs }) => inputs.every((key) => key in values));
  return new Map(judged.map((criterion) => [criterion.id, criterion.judgeDeclared(values)]));
}

/** @returns undefined where the checker broke: no verdict can rest on that */
async function find(
  workplans: unknown,
  check: () => Promise<readonly Finding[]>,
): Promise<Findings | undefined> {
  const { state, rejected } = workplans as { state?: 'no-checkout'; rejected?: string };
  if (state === 'no-checkout') return { state };
  if (rejected !== undefined) return { state: 'rejected', reason: rejected };
  try {
    return { state: 'checked', findings: await check() };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'checker_crashed') return undefined;
    throw error;
  }
}

function stateOf(host: string, path: string | undefined): CheckoutValue {
  if (path === undefined) return { state: 'unset', host };
  const stat = statSync(expandHome(path), { throwIfNoEntry: false });
  if (stat === undefined) return { state: 'absent', host, path };
  return { state: stat.isDirectory() ? 'present' : 'not-a-folder', host, path };
}

/** What the registry has of a repository. */
export interface Row {
  readonly status: string;
  readonly repo: RepoColumns;
  readonly domain: InputValues['domain'];
  readonly snapshots: number;
  readonly goals: number;
}

/** Reads that from its tables. */
export async function readRow(sql: Sql, repoId: string): Promise<Row> {
  const [row] = await sql<[Row]>`
    select r.status,
      json_build_object('slug', r.slug, 'name', r.name, 'domainId', r.domain_id, 'localPath', r.local_path,
        'remoteUrl', r.remote_url, 'hostPaths', coalesce(r.host_paths, '{}'),
        'lastSbomAt', case when r.last_sbom_at = 'infinity' then 'infinity' else
          to_char(r.last_sbom_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end) as repo,
      (select json_build_object('slug', d.slug, 'status', d.status) from domains d where d.id = r.domain_id) as domain,
      (select count(*)::int from tpsc_snapshots s where s.repo_id = r.id) as snapshots,
      (select count(*)::int from repo_goals g where g.repo_id = r.id and g.status = 'active') as goals
    from managed_repos r where r.id = ${repoId}`;
  if (row === undefined) throw new Error(`There is no repository ${repoId}.`);
  return row;
}
