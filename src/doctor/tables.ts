/** Checks what lies in the database: migrations, the hub's columns, our rights, and rows that another program wrote. */

import { type MigrationState, readMigrationState } from '../platform/postgres/migrate.js';
import { quote, SEQUENCES, TABLE_RIGHTS } from '../platform/postgres/needed-rights.js';
import { HTTP_LIMITS, type Sql } from '../platform/postgres/sql.js';
import { queuePrefix } from '../queue/queue-names.js';
import { type ReadTimes, timeReads } from '../reader/check-reads.js';
import { checkHubSchema, HUB_COLUMNS } from '../registry/check-hub-schema.js';
import { countForeignRows } from '../store/evaluations/read-last-evaluation.js';
import { readInstallation } from '../store/installation.js';
import {
  attempt,
  brokenCheck,
  type Check,
  count,
  fewOf,
  ok,
  problem,
  type Report,
  warning,
} from './check.js';

export interface TablesDeps {
  readonly sql: Sql;
  /** Of our own, where there is one. */
  readonly schema: string | undefined;
  /** As whom the database is used. */
  readonly user: string;
}

/** @returns whether everything that this release reads is there */
export async function examineTables({ sql, schema, user }: TablesDeps, report: Report): Promise<boolean> {
  const state = await readMigrationState(sql, schema);
  const migrations = judgeMigrations(state, schema);
  report(migrations);
  if (state.applied.length === 0) return false;
  const columns = await checkColumns(sql);
  report(columns);
  if (migrations.state === 'problem' || columns.state === 'problem') return false;
  await attempt(report, 'rights', () => checkRights(sql, user));
  await attempt(report, 'identity', () => checkIdentity(sql));
  await attempt(report, 'other writers', () => checkOtherWriters(sql));
  await attempt(report, 'reads', () => checkReads(sql));
  return true;
}

function judgeMigrations({ applied, known }: MigrationState, schema: string | undefined): Check {
  const name = 'migrations';
  if (applied.length === 0) {
    const where = schema === undefined ? 'there' : `in the schema ${schema} (DOI_SCHEMA)`;
    return problem(name, `Nothing is migrated: our tables are not ${where}.`, 'Run "doi migrate".');
  }
  const differs = known.findIndex((file, index) => index < applied.length && applied[index] !== file);
  if (differs !== -1) {
    const found = `Migration ${differs + 1} of this database is ${applied[differs]}, and of this release ${known[differs]}.`;
    const remedy =
      'Use the release that made this database, or a database of its own (DATABASE_URL or DOI_SCHEMA).';
    return problem(name, found, remedy);
  }
  const missing = known.slice(applied.length);
  if (missing.length > 0) {
    return problem(
      name,
      `${missing.length} of ${known.length} are missing: ${fewOf(missing)}.`,
      'Run "doi migrate".',
    );
  }
  const newer = applied.slice(known.length);
  if (newer.length === 0) return ok(name, `all ${known.length} are applied`);
  const found = `A newer release has migrated this database (${fewOf(newer)}).`;
  return warning(name, found, 'Update doi-worker on this host.');
}

async function checkColumns(sql: Sql): Promise<Check> {
  const name = 'hub columns';
  try {
    await checkHubSchema(sql);
  } catch (error) {
    return brokenCheck(name, error);
  }
  const tables = Object.keys(HUB_COLUMNS);
  const columns = Object.values(HUB_COLUMNS).flat().length;
  return ok(name, `all ${columns} that are read are there (${tables.join(', ')})`);
}

async function checkIdentity(sql: Sql): Promise<Check> {
  const id = await readInstallation(sql);
  return ok('identity', `${id}; its keys in Redis begin with ${queuePrefix(id)}:`);
}

async function checkRights(sql: Sql, user: string): Promise<Check> {
  const wanted = Object.entries(TABLE_RIGHTS).flatMap(([table, rights]) =>
    rights.map((right) => ({ table, right })),
  );
  const tables = await sql<{ name: string; right: string }[]>`
    select w.name, w.right
    from unnest(${wanted.map(({ table }) => table)}::text[], ${wanted.map(({ right }) => right)}::text[])
      as w (name, "right")
    where not has_table_privilege(to_regclass(w.name), w.right)`;
  const sequences = await sql<{ name: string; right: string }[]>`
    select w.name, w.right from unnest(${SEQUENCES}::text[]) as s (name)
    cross join lateral (values (s.name, 'usage'), (s.name, 'update')) as w (name, "right")
    where not has_sequence_privilege(to_regclass(w.name), w.right)`;
  if (tables.length + sequences.length === 0) {
    return ok('rights', `${user} may do what web and worker processes need`);
  }
  const denied = [...tables, ...sequences].map(({ name, right }) => `${right} on ${name}`);
  const grants = [...group(tables, 'table'), ...group(sequences, 'sequence')];
  const remedy = `As the owner of the tables: ${grants.join(' ')}`.replaceAll('{user}', quote(user));
  return problem('rights', `${user} lacks ${fewOf(denied, 6)}.`, remedy);
}

/** One statement for each set of rights. */
function group(denied: readonly { name: string; right: string }[], kind: string): string[] {
  const byRights = new Map<string, string[]>();
  for (const { name } of denied) {
    const rights = denied.filter((one) => one.name === name).map(({ right }) => right);
    const names = byRights.get(rights.join(', ')) ?? [];
    byRights.set(rights.join(', '), names.includes(name) ? names : [...names, name]);
  }
  return [...byRights].map(([rights, names]) => `grant ${rights} on ${kind} ${names.join(', ')} to {user};`);
}

async function checkOtherWriters(sql: Sql): Promise<Check> {
  const { all, overwritten, inherited } = await countForeignRows(sql);
  const rows = count(all, 'row');
  if (overwritten > 0) {
    const found = `${overwritten} of ${rows} in doi_cache were written over by another program: such a verdict reads stale, and is judged again each time.`;
    const remedy =
      "Switch the State Hub's own writer off, or set DOI_SCHEMA so that each has a doi_cache of its own.";
    return warning('other writers', found, remedy);
  }
  if (all === 0) return ok('other writers', 'none: doi_cache is empty');
  if (inherited === 0) return ok('other writers', `none seen: ${rows} in doi_cache, all ours`);
  const found = `${inherited} of ${rows} in doi_cache are of another program, and not judged here yet.`;
  const remedy = 'Run "doi sweep"; where the number grows again, another program still writes the table.';
  return warning('other writers', found, remedy);
}

/* Times what readers run: a server that answers everything else may be too slow for them. */

/** Only where a started request is shown as lost, which these times do not show. */
const RUNNING_LIMIT_MS = 90_000;
/** A quarter of what readers are let wait, in milliseconds. */
const SLOW_MS = HTTP_LIMITS.statementTimeoutMs / 4;

export async function checkReads(sql: Sql): Promise<Check> {
  return judgeReads(await timeReads(sql, RUNNING_LIMIT_MS));
}

export function judgeReads({ reportMs, summaryMs, repositories }: ReadTimes): Check {
  const name = 'reads';
  const took = (ms: number) => `${Math.round(ms)} ms`;
  const found = `a report in ${took(reportMs)}, the summary of ${count(repositories, 'repository', 'repositories')} in ${took(summaryMs)}`;
  const slowest = Math.max(reportMs, summaryMs);
  if (slowest < SLOW_MS) return ok(name, found);
  const remedy =
    'Run "analyze" in the database, and see what loads its server; a pooler in front of it may drop our settings (jit).';
  const limit = `readers are answered 503 after ${HTTP_LIMITS.statementTimeoutMs} ms`;
  const isOver = slowest >= HTTP_LIMITS.statementTimeoutMs;
  return (isOver ? problem : warning)(name, `${found}: ${limit}.`, remedy);
}
