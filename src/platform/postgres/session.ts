/**
 * Asks the server whether a connection has what it was opened with. Limits and search path go along as startup
 * parameters, which a pooler may drop without a word.
 */
import { DoiError } from '../../domain/errors.js';
import type { Log } from '../log.js';
import { notUtf8 } from './database-error.js';
import { POOLER_DOCS } from './parameter-refusal.js';
import { type Sql, statement } from './sql.js';

/** For a role, where a pooler drops them: as the pools of a worker have them. */
const ROLE_VALUES: Readonly<Record<string, string>> = {
  statement_timeout: '30s',
  lock_timeout: '10s',
  idle_in_transaction_session_timeout: '30s',
};
/** Other checks ask for the search path, and the name is of no consequence. */
const UNCHECKED = new Set(['application_name', 'search_path', 'options']);

/** A setting that a connection was opened with and does not have. */
export interface DroppedSetting {
  readonly name: string;
  readonly asked: string;
  readonly found: string;
}

/** Reads which settings of a pool were dropped. A limit that is set otherwise, for the role say, is one all the same. */
export async function findDroppedSettings(sql: Sql): Promise<DroppedSetting[]> {
  const asked = new Map(Object.entries(sql.options.connection).map(([name, value]) => [name, String(value)]));
  const rows = await sql<{ name: string; found: string }[]>`
    select name, setting as found from pg_settings where name = any(${[...asked.keys()]}::text[]) order by name`;
  return rows
    .map(({ name, found }) => ({ name, found, asked: asked.get(name) ?? '' }))
    .filter(({ name, found, asked: wanted }) => {
      if (UNCHECKED.has(name)) return false;
      return name.endsWith('_timeout') ? found === '0' : found !== wanted;
    });
}

/** What was dropped, as a sentence, and what to do about it. */
export function describeDropped(dropped: readonly DroppedSetting[]): { found: string; remedy: string } {
  const values = dropped.map(({ name, asked, found }) => `${name} is ${found} and not ${asked}`);
  const commands = dropped.map(
    ({ name, asked }) => `alter role … set ${name} = '${ROLE_VALUES[name] ?? asked}';`,
  );
  return {
    found: `A pooler, most likely, drops settings of our connections: ${values.join(', ')}.`,
    remedy: `Set them for the role of DATABASE_URL: ${commands.join(' ')} ${POOLER_DOCS}`,
  };
}

/** Refuses a connection whose unqualified names are not those of the schema that is asked for. */
export async function requireSchema(sql: Sql, schema: string | undefined): Promise<void> {
  if (schema === undefined) return;
  await requireSearchPath(sql, schema);
  const [row] = await sql<{ current: string | null }[]>`select current_schema() as current`;
  if (row?.current === schema) return;
  const found = `The schema ${schema} (DOI_SCHEMA) is not there, or this user may not use it.`;
  throw new DoiError('schema_incompatible', found, 'Run "doi migrate".');
}

/** Refuses a connection whose search path does not begin with the schema, be it there or not. */
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

/** What a process checks when it starts. @throws {DoiError} where its schema is not in effect */
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

/* Checks that the database is in UTF-8: in any other encoding what people write breaks every evaluation that meets it. */

/** @throws {DoiError} `schema_incompatible` where it is not; `database_unavailable` */
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
