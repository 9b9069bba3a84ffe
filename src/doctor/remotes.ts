/** Compares the remotes of the registered repositories with each other, and with those of the checkouts on this host. */

import { readGitRemote } from '../checkout/read-git-remote.js';
import { count } from '../domain/text.js';
import { normalizeRemote } from '../registry/normalize-remote.js';
import { remoteToStore } from '../registry/plan-registration.js';
import { type Check, listFew, warning } from './check.js';

interface Registered {
  readonly slug: string;
  readonly remoteUrl: string | null;
}

export interface PresentCheckout extends Registered {
  readonly path: string;
}

/** How long reading the remotes of all checkouts may take, in milliseconds: 5,000 take 1 to 4 s. */
const MOST_MS = 5000;
/** How many are read at a time. */
const AT_ONCE = 16;

/** Repositories that have one remote: often one that was registered twice. */
export function checkSharedRemotes(all: readonly Registered[]): Check | undefined {
  const byKey = new Map<string, string[]>();
  for (const { slug, remoteUrl } of all) {
    const remote = remoteUrl === null ? undefined : normalizeRemote(remoteUrl);
    if (!remote?.ok) continue;
    const slugs = byKey.get(remote.key);
    if (slugs === undefined) byKey.set(remote.key, [slug]);
    else slugs.push(slug);
  }
  const shared = [...byKey].filter(([, slugs]) => slugs.length > 1);
  if (shared.length === 0) return undefined;
  const named = shared.map(([key, slugs]) => `${key} (${listFew(slugs.sort())})`);
  const found = `${count(shared.length, 'remote')} of several repositories: ${listFew(named)}.`;
  const remedy =
    'Where one checkout was registered twice, take off the one that is not wanted ("doi unregister"); ' +
    'where each is a checkout of its own, all is well: a push counts for each.';
  return warning('shared remotes', found, remedy);
}

/** Checkouts whose own remote is not the registered one, which registering again would store. */
export async function checkOtherRemotes(checkouts: readonly PresentCheckout[]): Promise<Check | undefined> {
  const other: string[] = [];
  const until = performance.now() + MOST_MS;
  let compared = 0;
  while (compared < checkouts.length && performance.now() < until) {
    const some = checkouts.slice(compared, compared + AT_ONCE);
    other.push(...(await Promise.all(some.map(describeOther))).filter((text) => text !== undefined));
    compared += some.length;
  }
  if (other.length === 0) return undefined;
  const rest = compared === checkouts.length ? '' : ` of the ${compared} compared in ${MOST_MS / 1000} s`;
  const found = `${other.length}${rest}, so that pushes are matched wrongly: ${listFew(other)}.`;
  const remedy =
    'Where the checkout is right, register it again ("doi register", with the path named); ' +
    'else correct the checkout ("git remote set-url").';
  return warning('other remotes', found, remedy);
}

async function describeOther({ slug, path, remoteUrl }: PresentCheckout): Promise<string | undefined> {
  const found = await readGitRemote(path).catch(() => null);
  const remote = remoteToStore(found, remoteUrl);
  if (remote === null) return undefined;
  const made = normalizeRemote(remote);
  const registered = remoteUrl === null ? 'none' : 'another';
  return `${slug} at ${path} has ${made.ok ? made.key : 'a remote'}, registered is ${registered}`;
}
