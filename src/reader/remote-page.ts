/** The page of a remote in a browser. A remote is untrusted text, so few remotes become a link. */
import { parseGitRemote, splitRemote } from '../domain/git-remote.js';
import { hideSecrets } from '../domain/hide-secrets.js';

/** Forges: the name of the host for git over ssh, and the name of the host of its pages. */
const FORGES: Readonly<Record<string, string>> = {
  'github.com': 'github.com',
  'ssh.github.com': 'github.com',
  'gitlab.com': 'gitlab.com',
  'altssh.gitlab.com': 'gitlab.com',
  'bitbucket.org': 'bitbucket.org',
  'codeberg.org': 'codeberg.org',
};

/**
 * The address of a remote's page, without user info, query and fragment. For a remote over http or https it is the remote's
 * own; for any other, the host must be a known forge. Null where there is none, or where a part may be a secret.
 */
export function webUrl(remote: string | null): string | null {
  if (remote === null || !parseGitRemote(remote).ok) return null;
  const parts = splitRemote(remote);
  if (typeof parts === 'string' || parts.isUnsure) return null;
  const scheme = parts.scheme?.replace(/^git\+/, '');
  const isWeb = scheme === 'http' || scheme === 'https';
  const host = isWeb ? parts.host : FORGES[parts.host.toLowerCase()];
  if (host === undefined) return null;
  const port = isWeb && parts.port ? `:${parts.port}` : '';
  const path = parts.path
    .replace(/^\/*/, '/')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
  const text = `${isWeb ? scheme : 'https'}://${host}${port}${path}`;
  if (!URL.canParse(text)) return null;
  const { href, protocol } = new URL(text);
  const isSafe = (protocol === 'http:' || protocol === 'https:') && hideSecrets(href) === href;
  return isSafe ? href : null;
}
