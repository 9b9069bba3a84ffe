/** Checks what is in the database: migrations, the hub's columns, the user's rights, foreign rows, and how fast reads are. */

import { count } from '../domain/text.js';
import { type MigrationState, readMigrationState } from '../platform/postgres/migrate.js';
import { quote, SEQUENCES, TABLE_RIGHTS } from '../platform/postgres/needed-rights.js';
import { HTTP_LIMITS, type Sql } from '../platform/postgres/sql.js';
import { queuePrefix } from '../queue/queue-names.js';
import { type ReadTimes, timeReads } from '../reader/time-reads.js';
import { checkHubSchema, HUB_COLUMNS } from '../registry/check-hub-schema.js';
import { countForeignRows } from '../store/evaluations/foreign-rows.js';
import { readInstallation } from '../store/installation.js';
import { brokenCheck, type Check, listFew, ok, problem, type Report, runCheck, warning } from './check.js';

export interface TablesDeps {
  readonly sql: Sql;
  /** DOI_SCHEMA, where it is set. */
  readonly schema: string | undefined;
  /** The user of the database. */
  readonly user: string;
}

/** @returns whether all tables and columns that this release reads exist */
export async function examineTables({ sql, schema, user }: TablesDeps, report: Report): Promise<boolean> {
  const state = await readMigrationState(sql, schema);
  const migrations = judgeMigrations(state, schema);
  report(migrations);
  if (state.applied.length === 0) return false;
  const columns = await checkColumns(sql);
  report(columns);
  if (migrations.state === 'problem' || columns.state === 'problem') return false;
  await runCheck(report, 'rights', () => checkRights(sql, user));
  await runCheck(report, 'identity', () => checkIdentity(sql));
  await runCheck(report, 'other writers', () => checkOtherWriters(sql));
  await runCheck(report, 'reads', () => checkReads(sql));
  return true;
}

function judgeMigrations({ applied, known }: MigrationState, schema: string | undefined): Check {
  const name = 'migrations';
  if (applied.length === 0) {
    const where = schema === undefined ? 'there' : `in the schema ${schema} (DOI_SCHEMA)`;
    return problem(
      name,
      `Nothing is migrated: the tables of doi-worker are not ${where}.`,
      'Run "doi migrate".',
    );
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
      `${missing.length} of ${known.length} are missing: ${listFew(missing)}.`,
      'Run "doi migrate".',
    );
  }
  const newer = applied.slice(known.length);
  if (newer.length === 0) return ok(name, `all ${known.length} are applied`);
  const found = `A newer release has migrated this database (${listFew(newer)}).`;
  return warning(name, found, 'Upgrade doi-worker on this host.');
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
  return ok(name, `all ${columns} that doi-worker reads exist (${tables.join(', ')})`);
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
    return ok('rights', `${user} has all rights that web and worker processes need`);
  }
  const denied = [...tables, ...sequences].map(({ name, right }) => `${right} on ${name}`);
  const grants = [...group(tables, 'table'), ...group(sequences, 'sequence')];
  const remedy = `As the owner of the tables: ${grants.join(' ')}`.replaceAll('{user}', quote(user));
  return problem('rights', `${user} lacks ${listFew(denied, 6)}.`, remedy);
}

/** One `grant` for each set of rights. */
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
    const found = `Another program overwrote ${overwritten} of ${rows} in doi_cache: such a report is stale, and doi-worker judges it again each time.`;
    const remedy =
      "Switch off the State Hub's own writer, or set DOI_SCHEMA so that each program has its own doi_cache.";
    return warning('other writers', found, remedy);
  }
  if (all === 0) return ok('other writers', 'none: doi_cache is empty');
  if (inherited === 0) return ok('other writers', `none found: doi-worker wrote all of ${rows} in doi_cache`);
  const found = `Another program wrote ${inherited} of ${rows} in doi_cache, which doi-worker has not judged yet.`;
  const remedy = 'Run "doi sweep"; if the number grows again, another program still writes the table.';
  return warning('other writers', found, remedy);
}

/** The age at which a started request counts as lost; it has no effect on these times. */
const RUNNING_LIMIT_MS = 90_000;
/** A quarter of the time limit of a reader's statement, in milliseconds. */
const SLOW_MS = HTTP_LIMITS.statementTimeoutMs / 4;

/** Times the statements of readers: a server that answers all other checks may be too slow for them. */
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
    'Run "analyze" in the database, and see what loads its server; a pooler in front of it may drop the settings of the session (jit).';
  const limit = `readers get status 503 after ${HTTP_LIMITS.statementTimeoutMs} ms`;
  const isOver = slowest >= HTTP_LIMITS.statementTimeoutMs;
  return (isOver ? problem : warning)(name, `${found}: ${limit}.`, remedy);
}
