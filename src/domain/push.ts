/** A push, as far as it is believed: which branch of the remote was moved to which commit. */
export interface PushedCommit {
  readonly branch: string;
  /** In hexadecimal. */
  readonly head: string;
}
