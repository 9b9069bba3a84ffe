/** Parses a remote's address: whether git could use it, and the part that may be shown, without user info and query. */

/** The longest remote that is parsed, in UTF-16 units. */
const MAX_LENGTH = 2048;

export type GitRemote =
  /** `shown` is missing where a further `@` makes it uncertain where the user info ends. */
  | { readonly ok: true; readonly shown?: string }
  /** The reason never quotes the remote, which may hold a password. */
  | { readonly ok: false; readonly reason: string };

/** The parts of `scheme://[user@]host[:port]/path`, or of the scp form `[user@]host:path`. */
export interface RemoteParts {
  /** In lower case; undefined in the scp form, where the path comes after a colon. */
  readonly scheme: string | undefined;
  /** The user info, which may hold a password. */
  readonly user: string;
  readonly host: string;
  readonly port: string | undefined;
  readonly path: string;
  /** Whether an `@` follows what was taken for the user info, which may then be longer than it seems. */
  readonly isUnsure: boolean;
}

const SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'ssh', 'git', 'file']);
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Judges any text, in linear time and without throwing. Accepted: `scheme://[user@]host[:port]/path` with http, https,
 * ssh, git, file or one of them after `git+`, and the scp form `[user@]host:path`, where the host may be an alias.
 */
export function parseGitRemote(text: string): GitRemote {
  const parts = splitRemote(text);
  if (typeof parts === 'string') return refuse(parts);
  const problem = schemeProblem(parts) ?? hostProblem(parts) ?? pathProblem(parts.path);
  if (problem !== undefined) return refuse(problem);
  return parts.isUnsure ? { ok: true } : { ok: true, shown: joinRemote({ ...parts, user: '' }, false) };
}

function refuse(reason: string): GitRemote {
  return { ok: false, reason };
}

/** The parts of any text, in linear time; a reason where it has neither of the two forms. */
export function splitRemote(text: string): RemoteParts | string {
  const url = text.trim();
  if (url === '') return 'it is empty';
  if (url.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  if (CONTROLS.test(url)) return 'it holds control characters';
  if (url.includes('\\')) return 'it holds a backslash';
  // First, as in git: git passes the rest to that helper program, and it may have the form of any remote.
  if (/^[A-Za-z0-9][A-Za-z0-9+.-]*::/.test(url))
    return 'it has the form of a remote helper (`helper::address`)';
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url);
  return scheme === null ? splitScp(url) : splitScheme(scheme[1] ?? '', url.slice(scheme[0].length));
}

/** The address of these parts. @param withPort whether a port is kept outside of brackets */
export function joinRemote({ scheme, user, host, port, path }: RemoteParts, withPort: boolean): string {
  const who = user === '' ? '' : `${user}@`;
  if (scheme !== undefined) return `${scheme}://${who}${host}${withPort && port ? `:${port}` : ''}${path}`;
  return port === undefined ? `${who}${host}:${path}` : `[${who}${host}:${port}]:${path}`;
}

function splitScheme(scheme: string, rest: string): RemoteParts | string {
  const clean = dropQuery(rest);
  const slash = clean.indexOf('/');
  if (slash === -1) return 'it has no path';
  const authority = clean.slice(0, slash);
  const at = authority.lastIndexOf('@');
  return {
    scheme: scheme.toLowerCase(),
    user: authority.slice(0, Math.max(at, 0)),
    ...splitPort(authority.slice(at + 1)),
    path: clean.slice(slash),
    isUnsure: rest.includes('@', slash),
  };
}

// Brackets hold an address with colons, or a host with a port and, as git has it, the user.
const BRACKETS = /^((?:[^[\]/]*@)?)\[([^[\]/]+)\]:/;

function splitScp(url: string): RemoteParts | string {
  const clean = dropQuery(url);
  const slash = clean.indexOf('/');
  const head = slash === -1 ? clean : clean.slice(0, slash);
  if (!head.includes(':')) return 'it has neither a scheme nor the form host:path';
  const bracketed = BRACKETS.exec(clean);
  const parts = bracketed === null ? splitPlainScp(clean, head) : splitBrackets(clean, bracketed);
  if (['http', 'https', 'ssh', 'file'].includes(parts.host.toLowerCase())) return 'its scheme lacks the `//`';
  if (parts.path.startsWith(':')) return 'it has the form of a remote helper (`helper::address`)';
  // Shown without its user, it would read as a URL of that scheme.
  if (parts.path.startsWith('//')) return 'its path begins with `//`, as after the scheme of a URL';
  return { scheme: undefined, ...parts, isUnsure: url.includes('@', clean.length - parts.path.length) };
}

type ScpParts = Omit<RemoteParts, 'scheme' | 'isUnsure'>;

function splitPlainScp(clean: string, head: string): ScpParts {
  // A password may hold a colon, so the host starts after the last @ that still has a colon behind it.
  const at = head.lastIndexOf('@', head.lastIndexOf(':'));
  const rest = clean.slice(at + 1);
  const colon = rest.indexOf(':');
  const user = clean.slice(0, Math.max(at, 0));
  return { user, host: rest.slice(0, colon), port: undefined, path: rest.slice(colon + 1) };
}

function splitBrackets(clean: string, [all, before = '', inner = '']: RegExpExecArray): ScpParts {
  const at = inner.lastIndexOf('@');
  const user = before.slice(0, -1) || inner.slice(0, Math.max(at, 0));
  const address = inner.slice(at + 1);
  const path = clean.slice(all.length);
  const [, host, port] = /^([^:]*):(\d{1,5})$/.exec(address) ?? [];
  return host === undefined
    ? { user, host: `[${address}]`, port: undefined, path }
    : { user, host, port, path };
}

function dropQuery(text: string): string {
  const end = text.search(/[?#]/);
  // White space before the query is no part of the path, as at the end of the whole text.
  return end === -1 ? text : text.slice(0, end).trimEnd();
}

function splitPort(authority: string): Pick<RemoteParts, 'host' | 'port'> {
  const end = authority.startsWith('[') ? authority.indexOf(']') + 1 : 0;
  const colon = authority.indexOf(':', end);
  if (colon === -1) return { host: authority, port: undefined };
  return { host: authority.slice(0, colon), port: authority.slice(colon + 1) };
}

function isPort(port: string): boolean {
  return /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535;
}

function schemeProblem({ scheme, port }: RemoteParts): string | undefined {
  if (scheme !== undefined && !SCHEMES.has(scheme.replace(/^git\+/, '')))
    return 'its scheme is none of http, https, ssh, git and file';
  return port !== undefined && !isPort(port) ? 'its port is not a number from 1 to 65535' : undefined;
}

function hostProblem({ scheme, host }: RemoteParts): string | undefined {
  const isLocal = scheme === 'file' || scheme === 'git+file';
  if (host === '') return isLocal ? undefined : 'it has no host';
  // ssh would read it as an option.
  if (host.startsWith('-')) return 'its host starts with a hyphen';
  if (/^\[[^\s[\]@]+\]$/.test(host)) return undefined;
  return /^[^\s/:?#@[\]<>^|"'`{}%$;&*()!,+=~]+$/.test(host) ? undefined : 'its host is not a host name';
}

function pathProblem(path: string): string | undefined {
  const decoded = decodePath(path);
  if (decoded === undefined) return 'its path has a broken percent-encoding';
  if (CONTROLS.test(decoded) || decoded.includes('\\'))
    return 'its path holds control characters or a backslash';
  if (path.startsWith('-')) return 'its path starts with a hyphen';
  const segments = decoded.split('/').filter((segment) => segment !== '');
  if (segments.length === 0) return 'it has no path';
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'its path holds `.` or `..`';
  return undefined;
}

/** A path without percent-encoding; undefined where that is broken. */
export function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
