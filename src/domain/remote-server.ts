/** Names the server of a remote, so that what a server answers counts for all remotes there. */
import { splitRemote } from './git-remote.js';

const USUAL_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443', ssh: '22', git: '9418' };

/**
 * The server's name in lower case, with a port that is not the usual one of its scheme.
 * @returns `file` for a file URL without a host; undefined for a text that is no remote
 */
export function serverOf(remote: string): string | undefined {
  const parts = splitRemote(remote);
  if (typeof parts === 'string') return undefined;
  if (parts.host === '') return parts.scheme === 'file' ? 'file' : undefined;
  const scheme = parts.scheme?.replace(/^git\+/, '') ?? 'ssh';
  const host = parts.host.toLowerCase().replace(/\.$/, '');
  const isUsual = !parts.port || parts.port === USUAL_PORTS[scheme];
  return isUsual ? host : `${host}:${parts.port}`;
}
