/** The inputs that a commit of a bare repository holds: by commit, since a commit never changes. */
import type { BytePath } from '../../checkout/byte-path.js';
import type { Owner } from '../../checkout/resolve-root.js';
import type { ContentKey } from '../../domain/input.js';

/** The tip of the branch that is judged of a bare repository. */
export interface BareTip {
  readonly repoId: string;
  /** The real path of the repository's folder. */
  readonly folder: BytePath;
  readonly owner: Owner;
  readonly branch: string;
  /** In hexadecimal. */
  readonly commit: string;
}

export interface CommitInputs {
  readonly commit: string;
  /** The committer's time, in ISO 8601. */
  readonly committedAt: string;
  readonly versions: Readonly<Record<ContentKey, string>>;
}

/**
 * Reads the versions of what the commit holds.
 * @throws {DoiError} `objects_unreadable`, `remote_…` where missing objects cannot be fetched, `host_exhausted`
 */
export type ReadCommit = (tip: BareTip, signal?: AbortSignal) => Promise<CommitInputs>;
