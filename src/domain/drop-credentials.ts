/** Removes what may be secret from a remote's address, before it is stored or shown. */
import { joinRemote, parseGitRemote, type RemoteParts, splitRemote } from './git-remote.js';
import { hideSecrets } from './hide-secrets.js';

const MAX_LENGTH = 1000;

/**
 * The address without password, token, query and fragment; the user of an ssh remote is kept, because git needs it. A plain
 * path holds no credentials.
 * @returns undefined for what may not be stored: what is empty, too long, or not clearly without credentials, and what git
 * could not use, because there is no way to say which part of it is a password
 */
export function dropCredentials(url: string): string | undefined {
  const text = url.trim().toWellFormed();
  if (text === '' || text.length > MAX_LENGTH || /[\u0000-\u001f\u007f-\u009f]/.test(text)) return undefined;
  const stored = /[:@]/.test(text) ? withoutUser(text) : text;
  return stored !== undefined && hideSecrets(withoutName(stored)) === withoutName(stored)
    ? stored
    : undefined;
}

function withoutUser(text: string): string | undefined {
  const parts = splitRemote(text);
  if (typeof parts === 'string') return undefined;
  const { scheme, port, path } = parts;
  // If the port is no number, it is part of a password that holds a slash, and the host follows the @.
  if (scheme !== undefined && port !== undefined && !/^\d+$/.test(port) && path.includes('@'))
    return withoutUser(`${scheme}://${path.slice(path.lastIndexOf('@') + 1)}`);
  // A password may hold a slash, and then its @ stands in what was taken for the path.
  if (/[^/]@/.test(path)) return undefined;
  const stored = joinRemote({ ...parts, user: nameOf(parts) }, true);
  return parseGitRemote(stored).ok ? stored : undefined;
}

/** The user name for ssh; empty for what may be a token. */
function nameOf({ scheme, user }: RemoteParts): string {
  const isSsh = scheme === undefined || scheme === 'ssh' || scheme === 'git+ssh';
  const [name = ''] = user.split(':');
  return isSsh && /^[A-Za-z_][\w.-]{0,31}$/.test(name) && hideSecrets(name) === name ? name : '';
}

function withoutName(stored: string): string {
  return stored.replace(/^((?:[a-z+]+:\/\/|\[)?)[\w.-]+@/, '$1');
}
