/**
 * Checks that a connection has the settings that it was opened with, and the database the right encoding. Limits and search
 * path are startup parameters, which a pooler may drop silently.
 */
import { DoiError } from '../../domain/errors.js';
import type { Log } from '../log.js';
import { notUtf8, POOLER_DOCS } from './database-error.js';
import { type Sql, statement } from './sql.js';

/** The limits of a worker's pools, to be set for the role where a pooler drops them. */
const ROLE_VALUES: Readonly<Record<string, string>> = {
  statement_timeout: '30s',
  lock_timeout: '10s',
  idle_in_transaction_session_timeout: '30s',
};
/** Other checks cover the search path, and the name has no consequence. */
const UNCHECKED = new Set(['application_name', 'search_path', 'options']);

/** A setting that a connection was opened with but does not have. */
export interface DroppedSetting {
  readonly name: string;
  readonly wanted: string;
  readonly found: string;
}

/** Reads which settings of a pool were dropped. A limit with another value, such as the role's, counts as kept. */
export async function findDroppedSettings(sql: Sql): Promise<DroppedSetting[]> {
  const wanted = new Map(
    Object.entries(sql.options.connection).map(([name, value]) => [name, String(value)]),
  );
  const rows = await sql<{ name: string; found: string }[]>`
    select name, setting as found from pg_settings where name = any(${[...wanted.keys()]}::text[]) order by name`;
  return rows
    .map(({ name, found }) => ({ name, found, wanted: wanted.get(name) ?? '' }))
    .filter(({ name, found, wanted }) => {
      if (UNCHECKED.has(name)) return false;
      return name.endsWith('_timeout') ? found === '0' : found !== wanted;
    });
}

/** Describes dropped settings, and what to do about them. */
export function describeDropped(dropped: readonly DroppedSetting[]): { found: string; remedy: string } {
  const values = dropped.map(({ name, wanted, found }) => `${name} is ${found} and not ${wanted}`);
  const commands = dropped.map(
    ({ name, wanted }) => `alter role … set ${name} = '${ROLE_VALUES[name] ?? wanted}';`,
  );
  return {
    found: `A pooler, most likely, drops settings of our connections: ${values.join(', ')}.`,
    remedy: `Set them for the role of DATABASE_URL: ${commands.join(' ')} ${POOLER_DOCS}`,
  };
}

/** Refuses a connection whose unqualified names do not mean this schema. */
export async function requireSchema(sql: Sql, schema: string | undefined): Promise<void> {
  if (schema === undefined) return;
  await requireSearchPath(sql, schema);
  const [row] = await sql<{ current: string | null }[]>`select current_schema() as current`;
  if (row?.current === schema) return;
  const found = `The schema ${schema} (DOI_SCHEMA) is not there, or this user may not use it.`;
  throw new DoiError('schema_incompatible', found, 'Run "doi migrate".');
}

/** Refuses a connection whose search path does not begin with this schema, whether that exists or not. */
export async function requireSearchPath(sql: Sql, schema: string): Promise<void> {
  const [row] = await sql<{ path: string; user: string }[]>`
    select current_setting('search_path') as path, current_user::text as user`;
  const first = row?.path.split(',')[0]?.trim().replaceAll('"', '');
  if (row === undefined || first === schema) return;
  throw new DoiError(
    'bad_configuration',
    `DOI_SCHEMA is ${schema}, and has no effect: the search path is ${row.path}. A pooler, most likely, drops it.`,
    `Set it for the role (alter role "${row.user}" set search_path = ${schema}, public), or connect without the pooler. ${POOLER_DOCS}`,
  );
}

/** Checks the connection of a process that starts. @throws {DoiError} where DOI_SCHEMA is not in effect */
export async function checkSession(
  sql: Sql,
  { schema, log }: { readonly schema: string | undefined; readonly log: Log },
): Promise<void> {
  await requireSchema(sql, schema);
  const dropped = await findDroppedSettings(sql);
  if (dropped.length === 0) return;
  const { found, remedy } = describeDropped(dropped);
  log.warn({ dropped, remedy }, found);
}

/**
 * Checks that the database is in UTF-8: with any other encoding, a character that it lacks breaks every evaluation of a
 * repository that holds it.
 * @throws {DoiError} `schema_incompatible` where it is not; `database_unavailable`
 */
export async function checkEncoding(sql: Sql): Promise<void> {
  const encoding = await readEncoding(sql);
  if (encoding !== 'UTF8') throw notUtf8(`its encoding is ${encoding}`);
}

async function readEncoding(sql: Sql): Promise<string | undefined> {
  const rows = await statement(
    sql<{ encoding: string }[]>`select current_setting('server_encoding') as encoding`,
  );
  return rows[0]?.encoding;
}
