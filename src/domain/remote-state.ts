/** What is known of the remote of a mirror: when it was last contacted, and what was found. */

/** What is used of a push: the branch of the remote that was moved, and the commit it was moved to. */
export interface PushedCommit {
  readonly branch: string;
  /** In hexadecimal. */
  readonly head: string;
}

/** How a repository's content gets to its host; a working folder has none. Times are ISO 8601 with microseconds. */
export interface Source {
  /** The branch that is judged of a bare repository, where a person named one. */
  readonly branch: string | null;
  /** The host that keeps a mirror of the remote. */
  readonly mirrorHost: string | null;
  /** When the last successful contact with the remote began. */
  readonly contactedAt: string | null;
  /** When the contact before that began, where it found the same commit. */
  readonly contactedBefore?: string | null;
  /** The commit at which the remote's branch was then, in hexadecimal. */
  readonly contactHead: string | null;
}

/** What a report of a mirror rests on besides the versions. */
export interface RemoteState extends Pick<Source, 'contactedAt' | 'contactHead'> {
  /** The commit of the mirror whose inputs were compared; null where that is not known. */
  readonly head: string | null;
  /** The last push that was stored, and when; null where none was. */
  readonly pushed: (PushedCommit & { readonly at: string }) | null;
}

/** Whether the last successful contact began at most `limitMs` before `at`, whichever commit it found. */
export function isContactRecent({ contactedAt }: RemoteState, at: Date, limitMs: number): boolean {
  const age = at.getTime() - Date.parse(contactedAt ?? '');
  // A time in the future was written before the database's clock was set back: its age is not known.
  return age >= 0 && age <= limitMs;
}

/**
 * The last contact to which a record of the home host belongs: a record from before a contact and that contact hold together
 * at no one time, and then the contact before it counts.
 * @param recordedAt the time at which the record last held; null where none is known, so that any contact counts
 * @returns null where there is no such contact
 */
export function contactOfRecord(
  { contactedAt, contactedBefore = null }: Pick<Source, 'contactedAt' | 'contactedBefore'>,
  recordedAt: string | null,
): string | null {
  const isBefore = (contact: string | null) =>
    recordedAt !== null && contact !== null && Date.parse(recordedAt) < Date.parse(contact);
  if (!isBefore(contactedAt)) return contactedAt;
  return isBefore(contactedBefore) ? null : contactedBefore;
}
