/** Whether a text is a remote that git could use, and what of it may be shown: never user info, query or fragment. */

/** Longest remote that is looked at, in UTF-16 units. */
const MAX_LENGTH = 2048;

export type GitRemote =
  /** `shown` is left out where a further `@` makes it uncertain where the user info ends. */
  | { readonly ok: true; readonly shown?: string }
  /** The reason never quotes the remote, which may hold a password. */
  | { readonly ok: false; readonly reason: string };

const SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'ssh', 'git', 'file']);

interface Parts {
  readonly prefix: string;
  readonly host: string;
  readonly path: string;
  /** Whether an `@` comes after what was taken for the user info, which may then reach further than it seems. */
  readonly unsure: boolean;
}

/**
 * Judges any text, in linear time and without throwing. Accepted: `scheme://[user@]host[:port]/path` with http, https,
 * ssh, git, file or one of them after `git+`, and the scp form `[user@]host:path`, where the host may be an alias.
 */
export function parseGitRemote(text: string): GitRemote {
  const url = text.trim();
  if (url === '') return refuse('it is empty');
  if (url.length > MAX_LENGTH) return refuse(`it is longer than ${MAX_LENGTH} characters`);
  if (/[\u0000-\u001f\u007f-\u009f]/.test(url)) return refuse('it holds control characters');
  if (url.includes('\\')) return refuse('it holds a backslash');
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url);
  const parts = scheme === null ? scpParts(url) : schemeParts(scheme[1] ?? '', url.slice(scheme[0].length));
  if (typeof parts === 'string') return refuse(parts);
  const problem = hostProblem(parts) ?? pathProblem(parts.path);
  if (problem !== undefined) return refuse(problem);
  if (parts.unsure) return { ok: true };
  return { ok: true, shown: `${parts.prefix}${parts.host}${parts.path}` };
}

function refuse(reason: string): GitRemote {
  return { ok: false, reason };
}

function schemeParts(scheme: string, rest: string): Parts | string {
  const name = scheme.toLowerCase();
  if (!SCHEMES.has(name.startsWith('git+') ? name.slice(4) : name))
    return 'its scheme is none of http, https, ssh, git and file';
  const clean = dropQuery(rest);
  const slash = clean.indexOf('/');
  if (slash === -1) return 'it has no path';
  const authority = clean.slice(0, slash);
  const { host, port } = splitPort(authority.slice(authority.lastIndexOf('@') + 1));
  if (port !== undefined && !isPort(port)) return 'its port is not a number from 1 to 65535';
  return { prefix: `${name}://`, host, path: clean.slice(slash), unsure: rest.includes('@', slash) };
}

function scpParts(url: string): Parts | string {
  const clean = dropQuery(url);
  const slash = clean.indexOf('/');
  const head = slash === -1 ? clean : clean.slice(0, slash);
  if (!head.includes(':')) return 'it has neither a scheme nor the form host:path';
  // A password may hold a colon, so the host starts after the last @ that still has a colon behind it.
  const colonAfter = head.lastIndexOf(':');
  const at = head.lastIndexOf('@', colonAfter);
  const rest = clean.slice(at + 1);
  const bracket = rest.startsWith('[') ? rest.indexOf(']:') : -1;
  const colon = bracket === -1 ? rest.indexOf(':') : bracket + 1;
  const host = rest.slice(0, colon);
  if (['http', 'https', 'ssh', 'file'].includes(host.toLowerCase())) return 'its scheme lacks the `//`';
  const path = rest.slice(colon + 1);
  if (path.startsWith(':')) return 'it has the form of a remote helper (`helper::address`)';
  // Without its user it is a URL of that scheme, which is how everybody else reads what is shown.
  if (path.startsWith('//')) return 'its path begins with `//`, as after the scheme of a URL';
  return { prefix: '', host: `${host}:`, path, unsure: url.includes('@', at + 1) };
}

function dropQuery(text: string): string {
  const end = text.search(/[?#]/);
  // White space before it is no part of a path, as it is none at the end of the whole.
  return end === -1 ? text : text.slice(0, end).trimEnd();
}

function splitPort(authority: string): { host: string; port?: string } {
  const end = authority.startsWith('[') ? authority.indexOf(']') + 1 : 0;
  const colon = authority.indexOf(':', end);
  if (colon === -1) return { host: authority };
  return { host: authority.slice(0, colon), port: authority.slice(colon + 1) };
}

function isPort(port: string): boolean {
  return /^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65535;
}

function hostProblem({ prefix, host }: Parts): string | undefined {
  const name = host.endsWith(':') ? host.slice(0, -1) : host;
  const local = prefix === 'file://' || prefix === 'git+file://';
  if (name === '') return local ? undefined : 'it has no host';
  // ssh would take it for an option.
  if (name.startsWith('-')) return 'its host starts with a hyphen';
  if (/^\[[^\s[\]@]+\]$/.test(name)) return undefined;
  return /^[^\s/:?#@[\]<>^|"'`{}%$;&*()!,+=~]+$/.test(name) ? undefined : 'its host is not a host name';
}

function pathProblem(path: string): string | undefined {
  const decoded = decode(path);
  if (decoded === undefined) return 'its path has a broken percent-encoding';
  if (/[\u0000-\u001f\u007f-\u009f\\]/.test(decoded))
    return 'its path holds control characters or a backslash';
  if (path.startsWith('-')) return 'its path starts with a hyphen';
  const segments = decoded.split('/').filter((segment) => segment !== '');
  if (segments.length === 0) return 'it has no path';
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'its path holds `.` or `..`';
  return undefined;
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    // Broken encoding is what the caller asks about, so it is an answer here.
    return undefined;
  }
}
