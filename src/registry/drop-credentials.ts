/** Takes out of a remote's URL what may be secret, before it is stored or shown. */

const MAX_LENGTH = 1000;

/**
 * The URL without password, token, query and fragment; the user of an ssh remote is kept, since git needs it.
 * @returns undefined for what may not be stored: empty, longer than 1,000 characters, or with control characters.
 */
export function dropCredentials(url: string): string | undefined {
  const text = url.trim().toWellFormed();
  if (text === '' || text.length > MAX_LENGTH || /[\u0000-\u001f\u007f-\u009f]/.test(text)) return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  // `user:password@host:path` is no form that git knows, but people write it.
  if (scheme === null) return text.replace(/^([^/:@]*):[^/@]*@(?=[^/@:]+:)/, '$1@');
  const isSsh = /^(?:git\+)?ssh$|^ssh\+git$/i.test(scheme[1] ?? '');
  const rest = isSsh ? text.slice(scheme[0].length) : dropQuery(text.slice(scheme[0].length));
  const pathAt = rest.search(/[/?#\\]/);
  const authority = pathAt === -1 ? rest : rest.slice(0, pathAt);
  const path = pathAt === -1 ? '' : rest.slice(pathAt);
  const at = authority.lastIndexOf('@');
  const user = at === -1 ? '' : authority.slice(0, at);
  const host = authority.slice(at + 1);
  // A port that is no number is a user with a password that holds a slash: nobody can say where it ends.
  if (path.includes('@') && !/^(?:[^:]*|\[[^\]]*\])(?::\d*)?$/.test(host))
    return `${scheme[0]}${path.slice(path.lastIndexOf('@') + 1)}`;
  const name = user.split(':')[0] ?? '';
  return `${scheme[0]}${isSsh && name !== '' ? `${name}@` : ''}${host}${path}`;
}

function dropQuery(text: string): string {
  const end = text.search(/[?#]/);
  return end === -1 ? text : text.slice(0, end);
}
