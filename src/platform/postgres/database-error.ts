/** Turns errors of the database's driver into errors that say what is wrong with PostgreSQL, and what to do about it. */
import { DoiError } from '../../domain/errors.js';
import { findGrant, grantOn } from './needed-rights.js';

/** An error of the server. `routine` is the function of PostgreSQL that raised it, the same in every language. */
interface ServerError extends Error {
  readonly code: string;
  readonly routine?: string;
  /** The statement that failed. */
  readonly query?: string;
}

interface ServerProblem {
  /** Which SQLSTATEs (PostgreSQL manual, appendix A). */
  readonly states: RegExp;
  /** A sentence without its full stop. */
  readonly found: string;
  readonly remedy: string;
}

const CHECK_SERVER = 'Check that the server at DATABASE_URL runs and takes connections.';
const CHECK_TLS =
  'Give PostgreSQL a certificate for its name, by an authority that is trusted here, or correct sslmode in DATABASE_URL.';
const READ_ITS_LOG = 'See the log of PostgreSQL.';

// The first that matches counts. Any other state is a fault of the statement, and not of the server.
const PROBLEMS: readonly ServerProblem[] = [
  {
    states: /^28/,
    found: 'PostgreSQL refuses the user or the password',
    remedy: 'Correct both in DATABASE_URL, or let this user in by pg_hba.conf.',
  },
  {
    states: /^3D000/,
    found: 'PostgreSQL has no database of that name',
    remedy: 'Make it (createdb --encoding=UTF8 --template=template0 NAME), or correct DATABASE_URL.',
  },
  {
    states: /^53300/,
    found: 'PostgreSQL has no connection left for this user',
    remedy: 'End other connections, or raise max_connections or the limit of this user or database.',
  },
  {
    states: /^53100/,
    found: "PostgreSQL's disk is full",
    remedy: 'Make room on the disk of PostgreSQL; everything goes on by itself then.',
  },
  {
    states: /^53/,
    found: 'PostgreSQL has used up its memory or another of its limits',
    remedy: READ_ITS_LOG,
  },
  {
    states: /^57014/,
    found: 'PostgreSQL took too long over a statement, which was ended',
    remedy:
      'See what loads the server, or locks what the statement needs. Where it goes on, run "analyze" in the database, and "doi doctor", which times what readers run.',
  },
  {
    states: /^55P03/,
    found: 'Another connection holds a lock on what is needed for too long',
    remedy: 'Find it in pg_stat_activity (a transaction left open, a migration of a hub), and end it.',
  },
  {
    states: /^(?:40001|40P01)/,
    found: 'PostgreSQL ended a statement that another one was in the way of',
    remedy: 'Try again.',
  },
  {
    states: /^25006/,
    found: 'PostgreSQL takes no writes: it is a standby, or set to be read-only',
    remedy: 'Give DATABASE_URL of the primary, or set default_transaction_read_only to off.',
  },
  {
    states: /^26000/,
    found: 'PostgreSQL has lost a prepared statement, in the middle of a transaction',
    remedy: 'It goes on by itself. Behind a pooler, see docs/operations.md on what that must be set to.',
  },
  { states: /^57P03/, found: 'PostgreSQL is starting or shutting down', remedy: CHECK_SERVER },
  { states: /^57P/, found: 'PostgreSQL ended the connection', remedy: CHECK_SERVER },
  {
    states: /^08/,
    found: 'PostgreSQL, or a pooler in front of it, refuses the connection',
    remedy: 'See its log, and in docs/operations.md what a pooler must be set to.',
  },
  { states: /^(?:58|XX)/, found: 'PostgreSQL reports a fault of its own', remedy: READ_ITS_LOG },
];

// Codes of the driver and of sockets, also of errors that do not name the system call.
const CONNECTION_CODES = new Set([
  ...['CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT'],
  ...['SASL_SIGNATURE_MISMATCH', 'EPROTO', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'ENETUNREACH', 'ENETDOWN', 'ENETRESET'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'EADDRNOTAVAIL', 'ERR_SOCKET_BAD_PORT'],
]);
const NETWORK_CALLS = new Set(['connect', 'getaddrinfo', 'shutdown']);
const TLS_CODES = /^ERR_(?:TLS|SSL)_|CERT|^UNABLE_TO_/;
const SCHEMA_STATES = new Set(['42P01', '42703', '42883']);

/**
 * Turns an error of the driver into a host problem where it is one: the server is away, refuses, is too slow, has no disk
 * left, or its schema, its rights or its encoding are not the needed ones. Returns any other error as it is.
 * @param role the database user, for the statement that grants a missing right
 */
export function databaseError(error: unknown, role?: string): unknown {
  if (!(error instanceof Error) || error instanceof DoiError) return error;
  const refusal = parameterRefusal(error);
  if (refusal !== undefined) return refusal;
  if (error.name === 'PostgresError') return serverError(error as ServerError, role);
  const code = String((error as { code?: unknown }).code ?? '');
  if (!isConnectionError(error, code)) return error;
  const [found, remedy] = TLS_CODES.test(code)
    ? [`No encrypted connection to PostgreSQL can be made (${code}).`, CHECK_TLS]
    : [`PostgreSQL does not answer (${code || error.message}).`, CHECK_SERVER];
  return new DoiError('database_unavailable', found, remedy, { cause: error });
}

function serverError(error: ServerError, role: string | undefined): unknown {
  const { code, message } = error;
  const options = { cause: error };
  if (SCHEMA_STATES.has(code)) {
    const found = `The database lacks something that this release needs: ${message}.`;
    return new DoiError('schema_incompatible', found, 'Run "doi migrate".', options);
  }
  if (code === '3F000') {
    // PostgreSQL says so of the schema public too, where this user has no right to use it.
    const found = `The database has no schema for our tables that this user may use: ${message} (3F000).`;
    return new DoiError('schema_incompatible', found, schemaRemedy(role), options);
  }
  if (isOfEncoding(error)) return notUtf8(`it cannot hold a character (${code})`, options);
  if (code === '42501') {
    const found = `PostgreSQL refuses a right that is needed: ${message} (42501).`;
    return new DoiError('database_unavailable', found, grantRemedy(error, role), options);
  }
  const problem = PROBLEMS.find(({ states }) => states.test(code));
  if (problem === undefined) return error;
  // A pooler has only this code for everything that it refuses.
  const words = code.startsWith('08') ? `: ${message}` : '';
  return new DoiError('database_unavailable', `${problem.found}${words} (${code}).`, problem.remedy, options);
}

function schemaRemedy(role: string | undefined): string {
  const grant = grantOn('schema', 'public', { role });
  return `As its owner or a superuser, run: ${grant} Or set DOI_SCHEMA to a schema of its own.`;
}

/** What to do about a missing right: the very statement that grants it, where PostgreSQL's message names the object. */
export function grantRemedy(error: unknown, role: string | undefined): string {
  const { message, query: statement } = error as ServerError;
  const grant = findGrant({ message, statement, role });
  if (grant === undefined) return 'Run "doi doctor", which names the rights that are missing.';
  const who = role === undefined ? ', with the user of DATABASE_URL as ROLE' : '';
  return `As the owner or a superuser, run: ${grant} (in this database${who}).`;
}

/**
 * Whether the database's encoding lacks a character. JSON with a NUL in it, which is no fault of the database, has the same
 * SQLSTATE: only the routine distinguishes them in every language.
 */
function isOfEncoding({ code, routine }: ServerError): boolean {
  return code === '22P05' && routine === 'report_untranslatable_char';
}

/** The error of a database that is not UTF-8. */
export function notUtf8(what: string, options?: ErrorOptions): DoiError {
  const remedy =
    'Make a database in UTF-8 (createdb --encoding=UTF8 --template=template0 NAME), move what is in this one by ' +
    'pg_dump and psql, and set DATABASE_URL to the new one.';
  return new DoiError('schema_incompatible', `The database is not in UTF-8: ${what}.`, remedy, options);
}

/** Errors of files have a `syscall` too; the driver gives a `query` to errors that ended a statement. */
function isConnectionError(error: Error, code: string): boolean {
  const { syscall } = error as NodeJS.ErrnoException;
  if (CONNECTION_CODES.has(code)) return true;
  if (syscall !== undefined && ('query' in error || NETWORK_CALLS.has(syscall))) return true;
  return 'query' in error && TLS_CODES.test(code);
}

/** PgBouncer refuses startup parameters, by which a connection gets its limits and search path, unless it is set to ignore them. */
const IGNORED_PARAMETERS =
  'statement_timeout, lock_timeout, idle_in_transaction_session_timeout, plan_cache_mode, jit, search_path, options';
/** The last sentence of each remedy against a pooler. */
export const POOLER_DOCS = 'docs/operations.md, "Behind a pooler", has the whole of it.';

/** The error for a refused startup parameter, which says what to set; undefined for any other error. */
function parameterRefusal(error: Error): DoiError | undefined {
  const [, name] = /unsupported startup parameter(?: in options)?: (\S+)/.exec(error.message) ?? [];
  if (name === undefined) return undefined;
  return new DoiError(
    'database_unavailable',
    `The pooler before PostgreSQL refuses the startup parameter ${name}.`,
    `Set "ignore_startup_parameters = ${IGNORED_PARAMETERS}" in pgbouncer.ini, and the limits for the role. ${POOLER_DOCS}`,
    { cause: error },
  );
}
