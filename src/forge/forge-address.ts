/** Where the API of a forge is, and which names its repositories may have in their addresses. */
import { DoiError } from '../domain/errors.js';
import { FORGE_NAMES, type ForgeKind } from '../domain/forge.js';
import { isLoopback } from '../platform/settings/setting-forms.js';

export interface ForgeAddress {
  readonly kind: ForgeKind;
  /** The root of the API, without a slash at its end. */
  readonly apiUrl: string;
  /** The host of its pages and remotes. */
  readonly host: string;
  /** The path below which an installation has its pages, such as `/git`; empty for none. */
  readonly basePath: string;
  /** Whether its remotes may be fetched without encryption, as its API is. */
  readonly allowsHttp: boolean;
}

const PUBLIC: Readonly<Record<ForgeKind, string>> = {
  github: 'https://github.com',
  gitlab: 'https://gitlab.com',
  gitea: 'https://gitea.com',
  forgejo: 'https://codeberg.org',
};
const API_PATHS: Readonly<Record<ForgeKind, string>> = {
  github: '/api/v3',
  gitlab: '/api/v4',
  gitea: '/api/v1',
  forgejo: '/api/v1',
};

/**
 * The address of a forge.
 * @param url the address of an installation of one's own, with or without the path of its API
 * @throws {DoiError} `bad_request`
 */
export function forgeAddress(kind: ForgeKind, url?: string): ForgeAddress {
  const base = parseBase(url ?? PUBLIC[kind]);
  const host = base.hostname.replace(/^api\.github\.com$/, 'github.com');
  const allowsHttp = base.protocol === 'http:';
  if (kind === 'github' && host === 'github.com')
    return { kind, apiUrl: 'https://api.github.com', host, basePath: '', allowsHttp: false };
  // Data residency: https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency
  if (kind === 'github' && host.endsWith('.ghe.com')) {
    const name = host.replace(/^api\./, '');
    return { kind, apiUrl: `https://api.${name}`, host: name, basePath: '', allowsHttp: false };
  }
  const path = base.pathname.replace(/\/+$/, '');
  const api = API_PATHS[kind];
  const basePath = path.endsWith(api) ? path.slice(0, -api.length) : path;
  return { kind, apiUrl: `${base.origin}${basePath}${api}`, host, basePath, allowsHttp };
}

/** The name of a forge in `doi_source`. */
export function forgeKey({ kind, apiUrl }: ForgeAddress): string {
  return `${kind}#${apiUrl}`;
}

/** The name of a forge for people. */
export function describeForge({ kind, host }: ForgeAddress): string {
  return `${FORGE_NAMES[kind]} (${host})`;
}

// A loopback address needs no scheme that encrypts; another one only where a person wrote http.
function parseBase(text: string): URL {
  const isUrl = /^https?:\/\//i.test(text) && URL.canParse(text);
  const url = isUrl ? new URL(text) : undefined;
  if (url === undefined) throw refuse('is not an https:// URL', 'Give one such as https://git.example.org.');
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/]*@/.test(text))
    throw refuse('holds a user or a password', 'Leave it out: the token is read from the environment.');
  if (url.search !== '' || url.hash !== '')
    throw refuse('holds a query or a fragment', 'Give only scheme, host and path.');
  return url;
}

/** Never quotes the address, which may hold a password. */
function refuse(why: string, remedy: string): DoiError {
  return new DoiError('bad_request', `The address of the forge ${why}.`, remedy);
}

const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/;

/**
 * The address over https of a repository that a person named by its path at a forge.
 * @param url as for {@link forgeAddress}
 * @throws {DoiError} `bad_request`
 */
export function cloneAddress(kind: ForgeKind, path: string, url?: string): string {
  const { host, basePath } = forgeAddress(kind, url);
  return `https://${host}${basePath}/${path.replace(/\.git$/, '')}.git`;
}

/**
 * Returns the given owner: a user, an organisation or a group, for GitLab with the groups above it.
 * @throws {DoiError} `bad_request`
 */
export function requireOwner(kind: ForgeKind, owner: string): string {
  const segments = owner.split('/');
  const isPath = kind === 'gitlab' || segments.length === 1;
  if (isPath && segments.length <= 20 && segments.every((segment) => SEGMENT.test(segment))) return owner;
  const remedy =
    kind === 'gitlab'
      ? 'Give a user, or a group with its parent groups, such as team or team/tools.'
      : 'Give the name of a user or an organisation, as in the address of its page.';
  const found = `${JSON.stringify(owner.slice(0, 120))} is not the name of an owner at ${FORGE_NAMES[kind]}.`;
  throw new DoiError('bad_request', found, remedy);
}

/**
 * Whether a host may be that of the forge's remotes over ssh: the forge's own, one below it, or one beside it, as
 * `ssh.example.org` is to `git.example.org`. With any other, a forge could make the worker use a key for another server.
 */
export function mayServeSsh(forgeHost: string, host: string): boolean {
  if (isLoopback(forgeHost) || forgeHost === host) return forgeHost === host;
  const parent = forgeHost.split('.').slice(1).join('.');
  return host.endsWith(`.${forgeHost}`) || (parent.includes('.') && host.endsWith(`.${parent}`));
}
