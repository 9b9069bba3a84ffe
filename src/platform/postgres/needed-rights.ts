/** Lists the rights in the database that doi-worker needs, and makes the statements that grant them. */

const READ = ['select'];
const CHANGE = ['select', 'insert', 'update', 'delete'];

/** The rights of web and worker processes on each table; the commands that register and record need more. */
export const TABLE_RIGHTS: Readonly<Record<string, readonly string[]>> = {
  domains: READ,
  managed_repos: READ,
  repo_goals: READ,
  tpsc_snapshots: READ,
  doi_installation: READ,
  doi_cache: ['select', 'insert', 'update'],
  doi_evaluation: CHANGE,
  doi_request: CHANGE,
  doi_failure: CHANGE,
  doi_push: CHANGE,
  doi_history: CHANGE,
  doi_observation: CHANGE,
  doi_source: CHANGE,
  doi_server: CHANGE,
  doi_host: CHANGE,
  doi_sweep: CHANGE,
  doi_worker_metrics: CHANGE,
  doi_incarnation: ['select', 'insert'],
};
export const SEQUENCES = ['doi_observation_seq', 'doi_request_seq'];

/** Rights by kind of object, as PostgreSQL names the kind where it refuses a right. */
const OTHER_RIGHTS: Readonly<Record<string, string>> = {
  sequence: 'usage, select, update',
  schema: 'usage, create',
  database: 'connect, create',
  function: 'execute',
};

/** A statement that failed for a missing right. */
export interface Refused {
  /** In PostgreSQL's words, such as `permission denied for table doi_cache`. */
  readonly message: string;
  readonly statement?: string | undefined;
  /** The database user; undefined where the caller does not know it. */
  readonly role?: string | undefined;
}

/** The statement that grants the refused right; undefined where PostgreSQL's message is another one or in another language. */
export function findGrant({ message, ...rest }: Refused): string | undefined {
  const [, kind = '', name = ''] = /^permission denied for (\w+) "?([^"\s]+)"?$/.exec(message) ?? [];
  return grantOn(kind, name, rest);
}

/** The statement that grants the needed rights on an object; undefined for a kind of object that we do not use. */
export function grantOn(
  kind: string,
  name: string,
  { statement = '', role }: Omit<Refused, 'message'>,
): string | undefined {
  const rights = kind === 'table' ? tableRights(name, statement) : OTHER_RIGHTS[kind];
  if (rights === undefined) return undefined;
  return `grant ${rights} on ${kind} ${quoteName(name)} to ${role === undefined ? 'ROLE' : quote(role)};`;
}

/** The rights of web and worker processes on a table, and those that this statement needs. */
function tableRights(table: string, statement: string): string {
  const does = { insert: 'insert into', update: 'update', delete: 'delete from', references: 'references' };
  const here = Object.entries(does).flatMap(([right, words]) =>
    statement.toLowerCase().includes(`${words} ${table}`) ? [right] : [],
  );
  return [...new Set([...(TABLE_RIGHTS[table] ?? READ), ...here])].join(', ');
}

function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : quote(name);
}

/** A name quoted for SQL, as it must be where it is a key word, such as the role `user`. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
