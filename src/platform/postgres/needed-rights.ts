/** The rights in the database that doi-worker needs, and the statements that grant them. */

const READ = ['select'];
const CHANGE = ['select', 'insert', 'update', 'delete'];

/** What web and worker processes do with each table; commands that register and record need more. */
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
  doi_host: CHANGE,
  doi_sweep: CHANGE,
  doi_worker_metrics: CHANGE,
  doi_incarnation: ['select', 'insert'],
};
export const SEQUENCES = ['doi_observation_seq', 'doi_request_seq'];

/** Rights by the kind of object that PostgreSQL names where it refuses one. */
const OTHER_RIGHTS: Readonly<Record<string, string>> = {
  sequence: 'usage, select, update',
  schema: 'usage, create',
  database: 'connect, create',
  function: 'execute',
};

/** A statement that granted rights would let pass. */
export interface Refused {
  /** In PostgreSQL's words, such as `permission denied for table doi_cache`. */
  readonly message: string;
  readonly statement?: string | undefined;
  /** As whom the database is used; undefined where that is not known here. */
  readonly role?: string | undefined;
}

/** The statement that grants what was refused; undefined where PostgreSQL speaks of something else, or another language. */
export function findGrant({ message, ...rest }: Refused): string | undefined {
  const [, kind = '', name = ''] = /^permission denied for (\w+) "?([^"\s]+)"?$/.exec(message) ?? [];
  return grantOn(kind, name, rest);
}

/** The statement that grants what is needed of an object; undefined for a kind that we do not use. */
export function grantOn(
  kind: string,
  name: string,
  { statement = '', role }: Omit<Refused, 'message'>,
): string | undefined {
  const rights = kind === 'table' ? tableRights(name, statement) : OTHER_RIGHTS[kind];
  if (rights === undefined) return undefined;
  return `grant ${rights} on ${kind} ${quoteName(name)} to ${role === undefined ? 'ROLE' : quote(role)};`;
}

/** What web and worker need of a table, and what this statement does with it. */
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

/** A name as SQL takes it, also where it is a word of SQL, such as the role `user`. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
