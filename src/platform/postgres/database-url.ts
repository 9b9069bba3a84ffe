/** Parses the database's URL: servers, user, database and TLS, once for all uses, so that no two parsers read it differently. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { misplacedUserInfo } from '../settings/setting-forms.js';

/** Where a server listens: a host and a port, or the path of a Unix socket. */
export type ServerPlace = { readonly host: string; readonly port: number } | { readonly path: string };

export interface TlsSettings {
  /** `prefer`: without TLS where the server has none. */
  readonly use: 'never' | 'prefer' | 'always';
  /** Whether TLS begins at once, without a request for it in plain text. */
  readonly direct: boolean;
  /** What is checked of the server's certificate: nothing, who signed it, or both that and the host's name. */
  readonly verify: 'nothing' | 'signer' | 'host';
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The parts of a database's URL; undefined where it leaves them out. */
export interface DatabaseAddress {
  /** At least one server, in the order in which they are tried. */
  readonly places: readonly ServerPlace[];
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly tls: TlsSettings;
  readonly applicationName: string | undefined;
  /** Settings for the server, in the form of its command line. */
  readonly options: string | undefined;
  /** Whether statements may be prepared and kept by name. */
  readonly prepare: boolean;
}

/** Why a URL cannot be used, to follow the name of its setting. Its text holds nothing of the URL but names of parameters. */
class UnusableUrl extends Error {}

/** The form of a setting with a database's URL; its value stays the text. */
export const databaseUrlSetting = z.string().superRefine((text, context) => {
  try {
    parseDatabaseUrl(text);
  } catch (error) {
    if (!(error instanceof UnusableUrl)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
  }
});

const FORM = /^postgres(?:ql)?:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(#.*)?$/is;
const DEFAULT_PORT = '5432';

/** Reads the URL of a database, and the files with certificates that it names. */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const [, authority, path = '', query = '', fragment] = FORM.exec(text) ?? [];
  if (authority === undefined) throw unusable('must be a URL that starts with postgres:// or postgresql://');
  const misplaced = misplacedUserInfo(text);
  if (misplaced !== undefined) throw unusable(misplaced);
  if (fragment !== undefined) throw unusable('has a "#", which must be written as %23');
  const end = authority.lastIndexOf('@');
  const [user, password] = splitOnce(authority.slice(0, Math.max(end, 0)), ':');
  const parameters = readParameters(query);
  return {
    places: readPlaces(authority.slice(end + 1), parameters),
    user: decode(user) || undefined,
    password: decode(password) || undefined,
    database: decode(path) || undefined,
    tls: readTls(parameters),
    applicationName: parameters.get('application_name'),
    options: parameters.get('options'),
    prepare: oneOf(parameters, 'prepare', ['true', 'false']) !== 'false',
  };
}

/** Servers and database, to be shown: never the user, the password, or a parameter. */
export function showDatabase(text: string): string {
  const { places, database } = parseDatabaseUrl(text);
  const hosts = places.map((place) => ('path' in place ? place.path : showHost(place)));
  return `${hosts.join(',')}${database === undefined ? '' : `/${database}`}`;
}

function showHost({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const OWN_LIMITS = 'leave it out: doi-worker sets its limits itself';
const OWN_POOLS = 'leave it out: doi-worker sets the size of its pools itself';
const BEFORE_HOST = 'write user, ":", password and "@" before the host';
/** Parameters that other programs take in their URLs, and what to do instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  ...{ schema: 'set DOI_SCHEMA', currentSchema: 'set DOI_SCHEMA', search_path: 'set DOI_SCHEMA' },
  pgbouncer: 'leave it out, or write prepare=false, with which a pooler in transaction mode has less to do',
  ssl: 'write sslmode=require or sslmode=verify-full',
  ...{ connect_timeout: OWN_LIMITS, statement_timeout: OWN_LIMITS, lock_timeout: OWN_LIMITS },
  ...{
    idle_in_transaction_session_timeout: OWN_LIMITS,
    pool_timeout: OWN_LIMITS,
    socket_timeout: OWN_LIMITS,
  },
  ...{ connection_limit: OWN_POOLS, max: OWN_POOLS, pool_size: OWN_POOLS },
  ...{
    user: BEFORE_HOST,
    password: BEFORE_HOST,
    dbname: 'write it after the host, as in postgres://host/name',
  },
  target_session_attrs: 'leave it out, and name the server that takes writes first',
  channel_binding: 'leave it out: it is not supported',
};
const KNOWN = new Set([
  ...['host', 'port', 'sslmode', 'sslnegotiation', 'sslrootcert', 'sslcert', 'sslkey'],
  ...['application_name', 'options', 'prepare'],
]);

function readParameters(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query.split('&').filter((each) => each !== '')) {
    const [name, value] = splitOnce(part, '=').map(decode);
    if (name === undefined || !KNOWN.has(name)) throw unknownParameter(name ?? '');
    parameters.set(name, value ?? '');
  }
  return parameters;
}

function unknownParameter(name: string): UnusableUrl {
  const instead =
    INSTEAD[name] ?? 'leave it out; settings of the server are given as options=-c%20name%3Dvalue';
  // What does not have the form of a name may be a part of a password.
  const shown = /^[A-Za-z][A-Za-z_]{0,39}$/.test(name) ? `the parameter "${name}"` : 'a parameter';
  return unusable(`has ${shown}, which is not known here: ${instead}`);
}

function readPlaces(hosts: string, parameters: ReadonlyMap<string, string>): ServerPlace[] {
  const given = parameters.get('host') ?? hosts;
  const port = parameters.get('port') ?? DEFAULT_PORT;
  return (given === '' ? 'localhost' : given).split(',').map((each) => readPlace(each, port));
}

const PLACE = /^(?:\[([\da-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i;

/** Reads one server: a host, an IPv6 address in brackets, or the folder of a Unix socket, each with a port or without. */
function readPlace(text: string, defaultPort: string): ServerPlace {
  const [, address, name = '', ownPort = defaultPort] = PLACE.exec(text) ?? [];
  const host = address ?? decode(name);
  const port = Number(ownPort);
  if (
    !/^\d+$/.test(ownPort) ||
    port > 65_535 ||
    host === '' ||
    (address === undefined && !host.startsWith('/') && /[\s@?#]/.test(host))
  ) {
    throw unusable(
      'must name each server as host, host:port or [IPv6 address]:port, and a ":", "/", "?", "#" or "@" in user or password as %3A, %2F, %3F, %23 or %40',
    );
  }
  return host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
}

const MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** As libpq does; except that a root certificate without sslmode means verify-full. */
function readTls(parameters: ReadonlyMap<string, string>): TlsSettings {
  const root = parameters.get('sslrootcert');
  const mode = oneOf(parameters, 'sslmode', MODES) ?? (root === undefined ? 'disable' : 'verify-full');
  const direct = oneOf(parameters, 'sslnegotiation', ['postgres', 'direct']) === 'direct';
  const verifies = mode.startsWith('verify') || (mode === 'require' && root !== undefined);
  const isFull = mode === 'verify-full' || root === 'system';
  return {
    use: mode === 'disable' ? 'never' : mode === 'prefer' || mode === 'allow' ? 'prefer' : 'always',
    direct,
    verify: verifies ? (isFull ? 'host' : 'signer') : 'nothing',
    // libpq's word for the certificate authorities of the system, which are the default here.
    ca: root === 'system' ? undefined : readFile(parameters, 'sslrootcert'),
    cert: readFile(parameters, 'sslcert'),
    key: readFile(parameters, 'sslkey'),
  };
}

function readFile(parameters: ReadonlyMap<string, string>, name: string): string | undefined {
  const file = parameters.get(name);
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw unusable(`names a file by "${name}" that cannot be read (${code})`);
  }
}

function oneOf<T extends string>(
  parameters: ReadonlyMap<string, string>,
  name: string,
  values: readonly T[],
): T | undefined {
  const given = parameters.get(name);
  if (given === undefined) return undefined;
  const value = values.find((each) => each === given);
  if (value !== undefined) return value;
  throw unusable(`has the parameter "${name}" with another value than ${values.join(', ')}`);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unusable(
      'has a "%" that is not followed by two hexadecimal digits: a "%" itself is written as %25',
    );
  }
}

function unusable(why: string): UnusableUrl {
  return new UnusableUrl(why);
}
