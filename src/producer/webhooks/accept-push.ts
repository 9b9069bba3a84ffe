/** Accepts a push: finds the repositories that have its remote, and requests their evaluation. */

import type { RemoteIndex } from '../../registry/remote-index.js';
import type { NewPush } from '../../store/pushes.js';
import type { AddedRequest } from '../../store/requests/add-requests.js';
import type { RepositoryToWake } from '../wake-homes.js';
import type { Push } from './read-delivery.js';

export interface AcceptDependencies {
  readonly index: RemoteIndex;
  /** Records a push and its requests; when it returns, they are committed. */
  readonly record: (push: NewPush) => Promise<AddedRequest[]>;
}

/** The committed requests. Both lists are empty where no active repository has the remote. */
export interface Accepted {
  readonly slugs: readonly string[];
  /** The repositories to wake for, each with the priority of its request. */
  readonly toWake: readonly RepositoryToWake[];
}

/**
 * Requests all repositories that have any of a push's remotes: several may be checkouts of one remote.
 * @throws {DoiError} `database_unavailable`
 */
export async function acceptPush({ index, record }: AcceptDependencies, push: Push): Promise<Accepted> {
  const { branch, head, remotes } = push;
  const matches = await index.find(remotes);
  const slugs = new Map(matches.map(({ repoId, slug }) => [repoId, slug]));
  const repoIds = [...slugs.keys()];
  const reason = `${head.slice(0, 7)} was pushed to ${branch}`;
  const added = repoIds.length === 0 ? [] : await record({ repoIds, branch, head, reason });
  return {
    slugs: added.flatMap(({ repoId }) => slugs.get(repoId) ?? []).sort(),
    toWake: added.map(({ repoId, priority }) => ({ repoId, priority })),
  };
}
