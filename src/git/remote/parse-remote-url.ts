/** Decides which remotes may be contacted, and by which protocol. */
import { dropCredentials } from '../../domain/drop-credentials.js';
import { DoiError } from '../../domain/errors.js';
import { parseGitRemote, splitRemote } from '../../domain/git-remote.js';

export const PROTOCOLS = ['https', 'http', 'ssh', 'git', 'file'] as const;
/** A protocol by which git contacts a remote, as `GIT_ALLOW_PROTOCOL` names it. */
export type Protocol = (typeof PROTOCOLS)[number];

export interface RemoteUrl {
  /** As git gets it, and fit to show: without password, token and query. Credentials are those of git itself. */
  readonly url: string;
  /** The only protocol that may be used for it. */
  readonly protocol: Protocol;
}

/**
 * Parses the address of a remote that is to be contacted.
 * @throws {DoiError} `bad_request` for any other form than a URL of a {@link Protocol} and `[user@]host:path`
 */
export function parseRemoteUrl(text: string): RemoteUrl {
  const judged = parseGitRemote(text);
  if (!judged.ok) throw refuse(judged.reason);
  const clean = dropCredentials(text);
  const parts = clean === undefined ? undefined : splitRemote(clean);
  if (clean === undefined || parts === undefined || typeof parts === 'string')
    throw refuse('it may hold a password or a token outside of its user info');
  const protocol = protocolOf(parts.scheme);
  if (protocol === undefined) throw refuse(`its scheme is none of ${PROTOCOLS.join(', ')}`);
  // Git ignores the host of a file URL, so that two addresses would be one.
  if (protocol === 'file' && parts.host !== '') throw refuse('a file URL with a host names no file');
  return { url: clean, protocol };
}

function protocolOf(scheme: string | undefined): Protocol | undefined {
  const name = scheme === undefined ? 'ssh' : scheme === 'git+ssh' ? 'ssh' : scheme;
  return PROTOCOLS.find((protocol) => protocol === name);
}

function refuse(reason: string): DoiError {
  const remedy = 'Give a URL of https, http, ssh, git or file, or the form user@host:path.';
  return new DoiError('bad_request', `The remote cannot be contacted: ${reason}.`, remedy);
}
