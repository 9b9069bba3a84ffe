/** Accepts a push: finds the repositories that have its remote, and requests their evaluation. */

import type { RemoteIndex } from '../../registry/remote-index.js';
import type { NewPush } from '../../store/pushes.js';
import type { AddedRequest } from '../../store/requests/add-requests.js';
import type { RepositoryToWake } from '../wake-homes.js';
import type { Push, PushedBranch } from './read-delivery.js';

export interface AcceptDependencies {
  readonly index: RemoteIndex;
  /** Records a push and its requests; when it returns, they are committed. */
  readonly record: (push: NewPush) => Promise<AddedRequest[]>;
  /** Has the mirror of a repository contacted, if it has one. */
  readonly makeDue: (repoId: string) => Promise<void>;
}

/** The committed requests. All lists are empty where no active repository is judged by the remote and a branch of the push. */
export interface Accepted {
  /** Whether any active repository has the remote. */
  readonly isKnown: boolean;
  readonly slugs: readonly string[];
  /** The branches for which there are requests, each with its commit. */
  readonly pushed: readonly Pick<NewPush, 'branch' | 'head'>[];
  /** The repositories to wake for, each with the priority of its request. */
  readonly toWake: readonly RepositoryToWake[];
}

/**
 * Requests all repositories that have any of a push's remotes, several of which may be checkouts of one remote, and that are
 * judged by a branch that was pushed: the one that a person named, or else the default branch. Of one that was deleted there is
 * nothing to judge, but the next contact of a mirror finds that, or another default branch.
 * @throws {DoiError} `database_unavailable`
 */
export async function acceptPush(
  { index, record, makeDue }: AcceptDependencies,
  { branches, remotes }: Push,
): Promise<Accepted> {
  const matches = await index.find(remotes);
  const slugs = new Map(matches.map(({ repoId, slug }) => [repoId, slug]));
  const byName = new Map(branches.map((one) => [one.branch, one]));
  const defaults = branches.filter(({ isDefault }) => isDefault);
  // Where none is named, each counts as the default: then a deleted one must not hide one that was pushed.
  const byDefault = defaults.find(hasHead) ?? defaults[0];
  const pushes = new Map<PushedBranch & { readonly head: string }, string[]>();
  const gone: string[] = [];
  for (const { repoId, branch } of matches) {
    const pushed = branch === null ? byDefault : byName.get(branch);
    if (pushed === undefined) continue;
    if (hasHead(pushed)) pushes.set(pushed, [...(pushes.get(pushed) ?? []), repoId]);
    else gone.push(repoId);
  }
  await Promise.all(gone.map(makeDue));
  const records = [...pushes].map(([{ branch, head }, repoIds]) =>
    record({ repoIds, branch, head, reason: `${head.slice(0, 7)} was pushed to ${branch}` }),
  );
  const added = (await Promise.all(records)).flat();
  return {
    isKnown: matches.length > 0,
    slugs: added.flatMap(({ repoId }) => slugs.get(repoId) ?? []).sort(),
    pushed: [...pushes.keys()].map(({ branch, head }) => ({ branch, head })),
    toWake: added.map(({ repoId, priority }) => ({ repoId, priority })),
  };
}

function hasHead(pushed: PushedBranch): pushed is PushedBranch & { readonly head: string } {
  return pushed.head !== null;
}
