/** The names of git's objects. */

export type ObjectFormat = 'sha1' | 'sha256';

/** Whether a text is the whole name of an object, as git prints it. */
export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** The format of a repository that has an object of this name. */
export function formatOf(id: string): ObjectFormat {
  return id.length === 64 ? 'sha256' : 'sha1';
}
