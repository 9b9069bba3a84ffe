/** Probes a bare repository: the tip of its branch. A worker then reads what the commit holds. */
import type { BytePath } from '../../checkout/byte-path.js';
import { findRepository } from '../../checkout/find-git.js';
import { type HeadState, readBareHead } from '../../checkout/read-head.js';
import type { Owner } from '../../checkout/resolve-root.js';
import { CONTENT_KEYS, type ContentKey } from '../../domain/input.js';
import type { BareTip } from './commit-inputs.js';
import type { CheckoutVersion } from './probe-input.js';

/** The branch that is judged of a bare repository, and the commit at its tip; null where the branch has none. */
export interface BareHead {
  readonly branch: string;
  readonly commit: string | null;
}

/**
 * Reads the branch and its commit from git's files, without starting git.
 * @param folder the real path of a folder without `.git`
 * @param branch the branch to judge; null for that of HEAD
 * @returns null where the folder is no bare repository
 * @throws {DoiError} `file_unreadable`, `objects_unreadable`
 */
export function findBareHead(folder: BytePath, branch: string | null): BareHead | null {
  const known = findRepository(folder);
  return known === undefined ? null : readBareHead(folder, branch, known);
}

/** The tip to read; null where the branch has no commit. */
export function toTip(
  { branch, commit }: BareHead,
  place: { readonly folder: BytePath; readonly owner: Owner },
): Omit<BareTip, 'repoId'> | null {
  return commit === null ? null : { ...place, branch, commit };
}

/** As long as the commit was not read, no version of what it holds is known. */
export function unknownContents({ branch, commit }: BareHead): Record<ContentKey, CheckoutVersion> {
  const version: CheckoutVersion =
    commit === null
      ? { notVerified: `the branch ${branch} has no commit.`, code: 'branch_missing' }
      : { notVerified: `the commit ${commit} was not read yet.`, code: 'objects_unreadable' };
  return Object.fromEntries(CONTENT_KEYS.map((key) => [key, version])) as Record<ContentKey, CheckoutVersion>;
}

/** The head as a report shows it. A bare repository is never behind itself. */
export function toHeadState({ branch, commit }: BareHead): HeadState {
  return { branch, commit, behind: null };
}
