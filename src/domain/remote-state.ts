/** What is known of the remote of a mirror, and why a report is stale although nothing differs in the mirror itself. */
import type { StaleReason } from './freshness.js';
import type { PushedCommit } from './request.js';

/** How a repository's content gets to its host; a working folder has none. Times are ISO 8601 with microseconds. */
export interface Source {
  /** The branch that is judged of a bare repository, where a person named one. */
  readonly branch: string | null;
  /** The host that keeps a mirror of the remote. */
  readonly mirrorHost: string | null;
  /** When the last successful contact with the remote began. */
  readonly contactedAt: string | null;
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

/** A contact that is not older than `limitMs`, and compared the commit that the mirror has now. */
export function isContactRecent({ contactedAt }: RemoteState, at: Date, limitMs: number): boolean {
  const age = at.getTime() - Date.parse(contactedAt ?? '');
  // A time in the future was written before the database's clock was set back: its age is not known.
  return age >= 0 && age <= limitMs;
}

/**
 * The reasons of the remote. None means: when the last contact began, the remote's branch was at the commit whose inputs
 * were compared, that contact is recent, and no push was stored since.
 */
export function remoteReasons(remote: RemoteState, at: Date, limitMs: number): StaleReason[] {
  const { contactedAt, contactHead, head, pushed } = remote;
  if (contactedAt === null) return [notVerified('remote was not reached yet.')];
  if (pushed !== null && pushed.at >= contactedAt) {
    const text = `remote: ${pushed.head} was pushed to ${pushed.branch}, and was not fetched yet.`;
    return [{ input: 'remote', was: contactHead, now: pushed.head, code: 'pushed', text }];
  }
  if (!isContactRecent(remote, at, limitMs))
    return [notVerified(`remote was last reached at ${toMilliseconds(contactedAt)}.`)];
  // A fetch has moved the mirror's branch, and its end is not recorded yet; or another program wrote to the mirror.
  if (head !== contactHead) return [notVerified('remote is being fetched.')];
  return [];
}

function notVerified(text: string): StaleReason {
  return { input: 'remote', was: null, now: null, code: 'not_verified', text };
}

function toMilliseconds(time: string): string {
  return time.replace(/(\.\d{3})\d*Z$/, '$1Z');
}
