/** Steps on the registry's rows, by plain SQL as a hub would, with `updated_at` moved on or forgotten. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Sql } from '../../../src/platform/postgres/sql.js';
import type { Picks } from './file-edits.js';
import type { Column, Domain, Repository } from './repository.js';
import { choose } from './texts.js';

/** The registry as steps see it. */
export interface Registry {
  readonly sql: Sql;
  readonly repositories: readonly Repository[];
  readonly domains: readonly Domain[];
  /** Makes names that were not there before. */
  nextNumber(): number;
}

/** What an edit did, and whose verdicts may rest on it. */
export interface Edited {
  readonly kind: string;
  readonly affected: readonly Repository[];
}

type RowEdit = (registry: Registry, repo: Repository, picks: Picks) => Promise<string>;

/** Steps on rows of one repository. @returns what was done: adding one where there was nothing to change */
export const ROW_EDITS = {
  'column slug': columnEdit('slug'),
  'column name': columnEdit('name'),
  'column domain_id': columnEdit('domain_id'),
  'column local_path': columnEdit('local_path'),
  'column remote_url': columnEdit('remote_url'),
  'column host_paths': columnEdit('host_paths'),
  'column last_sbom_at': columnEdit('last_sbom_at'),
  'column status': columnEdit('status'),
  'goal added': addGoal,
  async 'goal changed'(registry, repo, picks) {
    const { sql } = registry;
    const changed = await sql`
      update repo_goals set status = case when status = 'active' then 'paused' else 'active' end,
        updated_at = case when ${picks.b % 2 === 0} then clock_timestamp() else updated_at end
      where id = (select id from repo_goals where repo_id = ${repo.id} order by title
        offset ${picks.a % Math.max(1, repo.goals)} limit 1)`;
    return changed.count === 0 ? addGoal(registry, repo, picks) : 'goal changed';
  },
  async 'goal deleted'(registry, repo, picks) {
    const { sql } = registry;
    const deleted = await sql`
      delete from repo_goals where id = (select id from repo_goals where repo_id = ${repo.id} order by title
        offset ${picks.a % Math.max(1, repo.goals)} limit 1)`;
    repo.goals -= deleted.count;
    return deleted.count === 0 ? addGoal(registry, repo, picks) : 'goal deleted';
  },
  'snapshot added': addSnapshot,
  async 'snapshot changed'(registry, repo, picks) {
    const changed = await registry.sql`
      update tpsc_snapshots set snapshot_at = snapshot_at + interval '1 microsecond' where repo_id = ${repo.id}`;
    return changed.count === 0 ? addSnapshot(registry, repo, picks) : 'snapshot changed';
  },
  async 'snapshot deleted'(registry, repo, picks) {
    // The older ones first, so that the latest one says nothing.
    const deleted = await registry.sql`
      delete from tpsc_snapshots where id = (
        select id from tpsc_snapshots where repo_id = ${repo.id} order by snapshot_at limit 1)`;
    repo.snapshots -= deleted.count;
    return deleted.count === 0 ? addSnapshot(registry, repo, picks) : 'snapshot deleted';
  },
} as const satisfies Record<string, RowEdit>;

/** Steps on a domain, which all its repositories rest on. */
export const DOMAIN_EDITS = {
  'domain archived': ({ sql }: Registry, { id }: Domain) => sql`
    update domains set status = case when status = 'active' then 'archived' else 'active' end where id = ${id}`,
  'domain renamed': (registry: Registry, { id, name }: Domain) => registry.sql`
    update domains set slug = ${`${name}-${registry.nextNumber()}`} where id = ${id}`,
} as const;

export type RowEditKind = keyof typeof ROW_EDITS;
export type DomainEditKind = keyof typeof DOMAIN_EDITS;

/** Makes an edit of a domain; a repository without one is given one instead. */
export async function editDomain(
  registry: Registry,
  repo: Repository,
  { kind, picks }: { kind: DomainEditKind; picks: Picks },
): Promise<Edited> {
  const id = repo.columns.get('domain_id');
  const domain = registry.domains.find((each) => each.id === id);
  if (domain === undefined) {
    return { kind: await ROW_EDITS['column domain_id'](registry, repo, picks), affected: [repo] };
  }
  await DOMAIN_EDITS[kind](registry, domain);
  return { kind, affected: registry.repositories.filter((each) => each.columns.get('domain_id') === id) };
}

/** Sets a column. */
export async function setColumn(
  { sql }: Registry,
  repo: Repository,
  { column, value, isDated }: { column: Column; value: string | null; isDated: boolean },
): Promise<void> {
  await sql`
    update managed_repos set ${sql(column)} = ${value}::text::${sql.unsafe(TYPES[column] ?? 'text')},
      updated_at = case when ${isDated} then clock_timestamp() else updated_at end
    where id = ${repo.id}`;
  repo.columns.set(column, value);
}

/** Puts a repository that is not judged here, or not at all, back to where it was registered. */
export async function bringHome(registry: Registry, repo: Repository): Promise<string> {
  const values = initialPlaces(repo);
  for (const column of ['host_paths', 'local_path', 'status'] as const)
    await setColumn(registry, repo, { column, value: values[column], isDated: false });
  return 'column host_paths';
}

/** Whether the row says that it is judged, here, at a folder that steps change. */
export function isAtHome(repo: Repository): boolean {
  const values = initialPlaces(repo);
  return Object.entries(values).every(([column, value]) => repo.columns.get(column as Column) === value);
}

/** The columns that say where a repository lies, as they are at first. */
export function initialPlaces(
  repo: Repository,
): Record<'host_paths' | 'local_path' | 'status', string | null> {
  const { isByLocalPath, registered } = repo;
  return {
    host_paths: isByLocalPath ? null : JSON.stringify({ here: registered }),
    local_path: isByLocalPath ? registered : null,
    status: 'active',
  };
}

const TYPES: Readonly<Partial<Record<Column, string>>> = {
  domain_id: 'uuid',
  host_paths: 'json',
  last_sbom_at: 'timestamptz',
};

function columnEdit(column: Column): RowEdit {
  return async (registry, repo, { a, b }) => {
    const now = repo.columns.get(column) ?? null;
    const others = valuesOf(column, registry, repo).filter((value) => value !== now);
    await setColumn(registry, repo, { column, value: choose(others, a), isDated: b % 2 === 0 });
    return `column ${column}`;
  };
}

function valuesOf(column: Column, registry: Registry, repo: Repository): readonly (string | null)[] {
  const gone = join(repo.folder, 'gone');
  switch (column) {
    case 'slug':
      return [`repo-${repo.index}-${registry.nextNumber()}`];
    case 'name':
      return ['', 'A name', 'Another name'];
    case 'domain_id':
      return [null, ...registry.domains.map(({ id }) => id)];
    case 'local_path':
      return [null, repo.root, repo.other, gone];
    case 'remote_url':
      return [null, 'https://example.org/acme/one.git', 'git@example.org:acme/two', 'no remote'];
    case 'host_paths': {
      const here = [repo.root, repo.other, repo.link, gone, join(repo.root, 'AGENTS.md')];
      const maps = [
        ...here.map((path) => ({ here: path })),
        { here: repo.root, there: '/srv' },
        { there: '/srv' },
      ];
      return [null, '{}', ...maps.map((map) => JSON.stringify(map))];
    }
    case 'last_sbom_at':
      return [null, '2026-03-20T01:27:00.000001Z', '2026-03-20T01:27:00.000002Z', 'infinity'];
    case 'status':
      return ['active', 'archived'];
  }
}

async function addGoal(registry: Registry, repo: Repository, { a }: Picks): Promise<string> {
  const status = choose(['active', 'paused', 'completed'], a);
  const title = `Goal ${String(registry.nextNumber()).padStart(6, '0')}`;
  await registry.sql`
    insert into repo_goals (id, repo_id, title, status)
    values (${randomUUID()}, ${repo.id}, ${title}, ${status})`;
  repo.goals += 1;
  return 'goal added';
}

async function addSnapshot({ sql }: Registry, repo: Repository, { b }: Picks): Promise<string> {
  // Half of them older than the others, as one that was imported late.
  await sql`
    insert into tpsc_snapshots (id, repo_id, snapshot_at) values (${randomUUID()}, ${repo.id},
      case when ${b % 2 === 0} then clock_timestamp() else '2020-01-01' end)`;
  repo.snapshots += 1;
  return 'snapshot added';
}
