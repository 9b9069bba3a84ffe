/** Makes one key, `host/path`, of all the URLs that name the same repository of a forge. */
import { domainToASCII } from 'node:url';
import { decodePath, splitRemote } from '../domain/git-remote.js';

/** The key, or why there is none. Neither ever contains user info. */
export type RemoteKey =
  | { readonly ok: true; readonly key: string }
  | { readonly ok: false; readonly reason: string };

const SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'ssh', 'git']);
// The names by which these forges offer ssh over port 443.
const SAME_HOST: Readonly<Record<string, string>> = {
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
  'altssh.bitbucket.org': 'bitbucket.org',
};
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Turns any text into a key, in linear time and without throwing. Scheme form (http, https, ssh, git, and `git+…`) or
 * scp form (a colon before the first slash). User info, port, query, fragment and one `.git` are dropped, and the path
 * is decoded once and compared without case.
 */
export function normalizeRemote(text: string): RemoteKey {
  if (!text.isWellFormed()) return refuse('it holds half of a character');
  const parts = splitRemote(text);
  if (typeof parts === 'string') return refuse(parts);
  const { scheme, user, port = '' } = parts;
  if (scheme !== undefined && !SCHEMES.has(scheme.replace(/^git\+/, '')))
    return refuse('its scheme names no git host');
  // For git the first colon ends user and host; people who write a password before it mean the last colon.
  if (scheme === undefined && /^[^:]*@[^:]*:/.test(user))
    return refuse('it has an @ on both sides of a colon, so that its host is not plain');
  const host = /^\d{0,5}$/.test(port) ? normalizeHost(parts.host) : undefined;
  if (host === undefined) return refuse('its host is not a host name');
  const path = normalizePath(parts.path);
  if (path === undefined) return refuse('its path is not the path of a repository');
  return { ok: true, key: `${host}/${path}` };
}

/** The key of a remote; undefined for null, and for a text that names no repository. */
export function remoteKey(remote: string | null): string | undefined {
  const made = remote === null ? undefined : normalizeRemote(remote);
  return made?.ok ? made.key : undefined;
}

/** Whether two remotes are known to name the same repository. */
export function isSameRemote(one: string | null, other: string | null): boolean {
  const key = remoteKey(one);
  return key !== undefined && key === remoteKey(other);
}

function refuse(reason: string): RemoteKey {
  return { ok: false, reason };
}

function normalizeHost(host: string): string | undefined {
  if (/^\[[0-9a-f:.]+\]$/i.test(host)) return host.toLowerCase();
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  if (name.startsWith('-') || /[\s%:@[\]]/.test(name)) return undefined;
  const ascii = domainToASCII(name);
  if (!/^[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/.test(ascii)) return undefined;
  return SAME_HOST[ascii] ?? ascii;
}

function normalizePath(path: string): string | undefined {
  const decoded = decodePath(path);
  if (decoded === undefined || CONTROLS.test(decoded) || decoded.includes('\\')) return undefined;
  const segments = decoded.split('/').filter((segment) => segment !== '');
  const last = segments.pop();
  if (last === undefined) return undefined;
  const named = [...segments, last.replace(/\.git$/i, '')];
  if (named.some((segment) => segment === '' || segment === '.' || segment === '..')) return undefined;
  // Encoded again, so that a key with a scheme before it gives the same key.
  return named.map((segment) => encodeURIComponent(segment.toLowerCase())).join('/');
}
