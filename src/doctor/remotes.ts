/** Compares the remotes of the registered repositories with each other, and with those of the checkouts on this host. */

import { readGitRemote } from '../checkout/read-git-remote.js';
import { count } from '../domain/text.js';
import { remoteKey } from '../registry/normalize-remote.js';
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
/** How many remotes are read at a time. */
const AT_ONCE = 16;

/** Finds repositories that share a remote: often one checkout that was registered twice. */
export function checkSharedRemotes(all: readonly Registered[]): Check | undefined {
  const byKey = new Map<string, string[]>();
  for (const { slug, remoteUrl } of all) {
    const key = remoteKey(remoteUrl);
    if (key !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), slug]);
  }
  const shared = [...byKey].filter(([, slugs]) => slugs.length > 1);
  if (shared.length === 0) return undefined;
  const named = shared.map(([key, slugs]) => `${key} (${listFew(slugs.sort())})`);
  const found = `${count(shared.length, 'remote')} of several repositories: ${listFew(named)}.`;
  const remedy =
    'If one checkout was registered twice, unregister one of the two ("doi unregister"). ' +
    'If each is a checkout of its own, nothing is wrong: a push counts for each.';
  return warning('shared remotes', found, remedy);
}

/** Finds checkouts whose own remote differs from the registered one; registering them again would store it. */
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
  const found = `${other.length}${rest}, so pushes match the wrong repository or none: ${listFew(other)}.`;
  const remedy =
    'If the remote of the checkout is right, register it again ("doi register" with its path); ' +
    'else correct the checkout ("git remote set-url").';
  return warning('other remotes', found, remedy);
}

async function describeOther({ slug, path, remoteUrl }: PresentCheckout): Promise<string | undefined> {
  const found = await readGitRemote(path).catch(() => null);
  const remote = remoteToStore(found, remoteUrl);
  if (remote === null) return undefined;
  const registered = remoteUrl === null ? 'none' : 'another';
  return `${slug} at ${path} has ${remoteKey(remote) ?? 'a remote'}, but ${registered} is registered`;
}
