/** Takes out of a remote's address what may be secret, before it is stored or shown. */
import { joinRemote, parseGitRemote, type RemoteParts, splitRemote } from './git-remote.js';
import { hideSecrets } from './hide-secrets.js';

const MAX_LENGTH = 1000;

/**
 * The address without password, token, query and fragment; the user of an ssh remote is kept, since git needs it. What
 * git could not use is not stored at all, since nobody can say what of it is a password; a plain path holds none.
 * @returns undefined for what may not be stored: that, and what is empty, too long, or not plainly without credentials
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
  // A port that is no number is a password that holds a slash, and what follows its @ is the host.
  if (scheme !== undefined && port !== undefined && !/^\d+$/.test(port) && path.includes('@'))
    return withoutUser(`${scheme}://${path.slice(path.lastIndexOf('@') + 1)}`);
  // A password may hold a slash, and then its @ stands in what looks like a path.
  if (/[^/]@/.test(path)) return undefined;
  const stored = joinRemote({ ...parts, user: nameOf(parts) }, true);
  return parseGitRemote(stored).ok ? stored : undefined;
}

/** The name under which ssh logs in; nothing for what may be a token. */
function nameOf({ scheme, user }: RemoteParts): string {
  const isSsh = scheme === undefined || scheme === 'ssh' || scheme === 'git+ssh';
  const [name = ''] = user.split(':');
  return isSsh && /^[A-Za-z_][\w.-]{0,31}$/.test(name) && hideSecrets(name) === name ? name : '';
}

function withoutName(stored: string): string {
  return stored.replace(/^((?:[a-z+]+:\/\/|\[)?)[\w.-]+@/, '$1');
}
