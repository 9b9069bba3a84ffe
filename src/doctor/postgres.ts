/** Checks PostgreSQL: whether it answers, its release, its settings, its clock, and, by `tables.ts`, what is in it. */
import { DoiError } from '../domain/errors.js';
import { isAtLeast } from '../domain/release.js';
import type { Clock } from '../platform/clock.js';
import { databaseError, notUtf8 } from '../platform/postgres/database-error.js';
import { showDatabase } from '../platform/postgres/database-url.js';
import { describeDropped, findDroppedSettings, requireSearchPath } from '../platform/postgres/session.js';
import type { Sql } from '../platform/postgres/sql.js';
import { installation } from '../platform/process/installation.js';
import { brokenCheck, type Check, ok, problem, type Report, runCheck, warning } from './check.js';
import { judgeClock, measureClock } from './clock-difference.js';
import { examineTables } from './tables.js';

/** The first release with `gen_random_uuid()` of its own, which the migrations use. */
const OLDEST = '13';

export interface PostgresDeps {
  readonly url: string;
  readonly sql: Sql;
  /** DOI_SCHEMA, where it is set. */
  readonly schema: string | undefined;
  readonly clock: Clock;
}

/** What the server says about itself. Settings are as in `show`. */
export interface ServerRow {
  readonly release: string;
  readonly user: string;
  readonly encoding: string;
  readonly recovering: boolean;
  readonly read_only: string;
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly synchronous_commit: string;
}

/** @returns whether the database can be used: the server answers, and everything that this release needs is there */
export async function examinePostgres(deps: PostgresDeps, report: Report): Promise<boolean> {
  const { url, sql, schema, clock } = deps;
  const place = showDatabase(url);
  let server: ServerRow;
  try {
    server = await readServer(sql);
  } catch (error) {
    report(describeRefusal(place, error));
    return false;
  }
  report(judgeRelease(server, place));
  if (schema !== undefined) {
    try {
      await requireSearchPath(sql, schema);
    } catch (error) {
      report(brokenCheck('search path', error));
      return false;
    }
  }
  report(judgeEncoding(server));
  report(judgeWriting(server));
  report(judgeDurability(server));
  await runCheck(report, 'limits', () => checkSettings(sql));
  await runCheck(report, 'clock', async () =>
    judgeClock('PostgreSQL', await measureClock(clock, () => readTime(sql))),
  );
  return examineTables({ sql, schema, user: server.user }, report);
}

async function checkSettings(sql: Sql): Promise<Check> {
  const name = 'limits';
  const dropped = await findDroppedSettings(sql);
  if (dropped.length === 0) return ok(name, 'they and the settings of the planner are as requested');
  const { found, remedy } = describeDropped(dropped);
  return warning(name, found, remedy);
}

async function readServer(sql: Sql): Promise<ServerRow> {
  const [row] = await sql<ServerRow[]>`
    select current_setting('server_version') as release, current_user::text as user,
      current_setting('server_encoding') as encoding,
      pg_is_in_recovery() as recovering, current_setting('default_transaction_read_only') as read_only,
      current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
      current_setting('synchronous_commit') as synchronous_commit`;
  if (row === undefined)
    throw new DoiError('database_unavailable', 'PostgreSQL returned no row.', 'Try again.');
  return row;
}

async function readTime(sql: Sql): Promise<number> {
  const [row] = await sql<
    { ms: number }[]
  >`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`;
  return row?.ms ?? Number.NaN;
}

/** Says whether the server does not answer or refuses the connection: each is corrected in another place. */
function describeRefusal(place: string, error: unknown): Check {
  const known = databaseError(error);
  if (!(known instanceof DoiError && known.cause instanceof Error)) return brokenCheck('server', known);
  const { cause, remedy } = known;
  const { code } = cause as { code?: string };
  if (cause.name === 'PostgresError')
    return problem('server', `PostgreSQL at ${place} says: ${cause.message} (${code}).`, remedy);
  const start = `Start it, or correct DATABASE_URL. If that is not set, commands use the server of a running "${installation.startCommand}".`;
  return problem('server', `PostgreSQL does not answer at ${place} (${code ?? cause.message}).`, start);
}

export function judgeRelease({ release, user }: ServerRow, place: string): Check {
  const found = `PostgreSQL ${release} at ${place}, as the user ${user}`;
  if (isAtLeast(release, OLDEST)) return ok('server', found);
  return warning(
    'server',
    `${found}: older than ${OLDEST}.`,
    `Use PostgreSQL ${OLDEST} or later; the tests run on 18.`,
  );
}

export function judgeEncoding({ encoding }: Pick<ServerRow, 'encoding'>): Check {
  if (encoding === 'UTF8') return ok('encoding', encoding);
  const { message, remedy } = notUtf8(`its encoding is ${encoding}`);
  return problem('encoding', message, remedy);
}

export function judgeWriting({ recovering, read_only: readOnly }: ServerRow): Check {
  if (recovering) {
    return problem(
      'writing',
      'This server is a standby, which accepts no writes.',
      'Set DATABASE_URL to the primary. If it names several hosts, the first that answers is used.',
    );
  }
  if (readOnly !== 'on') return ok('writing', 'accepts writes');
  const remedy = 'Set default_transaction_read_only to off for this user or database (alter role … set …).';
  return problem('writing', 'default_transaction_read_only is on: every write is refused.', remedy);
}

function judgeDurability(server: ServerRow): Check {
  const { fsync, full_page_writes: pages, synchronous_commit: commit } = server;
  const found = `fsync ${fsync}, full_page_writes ${pages}, synchronous_commit ${commit}`;
  const unsafe = [...(fsync === 'off' ? ['fsync'] : []), ...(pages === 'off' ? ['full_page_writes'] : [])];
  if (unsafe.length > 0) {
    const what = `${found}: a crash of the machine may destroy the database.`;
    return warning('durability', what, `Set ${unsafe.join(' and ')} to on in postgresql.conf.`);
  }
  if (commit !== 'off') return ok('durability', found);
  const what = `${found}: a crash may lose pushes and refreshes that were accepted a moment before.`;
  return warning(
    'durability',
    what,
    'Set synchronous_commit to on; doi-worker turns it off by itself where that is safe.',
  );
}
