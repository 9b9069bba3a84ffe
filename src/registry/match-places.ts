/** Which of some folders are registered on a host already, and which were registered where nothing is any more. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkoutPath } from '../domain/home.js';
import { expandHome } from '../platform/expand-home.js';
import { normalizeRemote } from './normalize-remote.js';
import type { Checkout } from './plan-registration.js';
import type { Registration } from './read-registrations.js';
import { isSameFolder } from './real-folder.js';

/** The registered repository of each real path that has one on this host. */
export async function matchPlaces(
  paths: readonly string[],
  known: readonly Registration[],
  host: string,
): Promise<Map<string, Registration>> {
  const matches = new Map<string, Registration>();
  for (const registration of known) {
    const registered = checkoutPath(registration, host);
    if (registered === undefined) continue;
    for (const path of paths) {
      if (!matches.has(path) && (await isSameFolder(registered, path))) matches.set(path, registration);
    }
  }
  return matches;
}

/**
 * By the path of a checkout: the first registered repository that has its remote, and whose folder on this host is gone.
 * Looks at the folders of those alone that have one of the remotes.
 */
export async function matchGone(
  checkouts: readonly Checkout[],
  known: readonly Registration[],
  host: string,
): Promise<Map<string, Registration>> {
  const wanted = new Set(checkouts.flatMap(({ remoteUrl }) => keyOf(remoteUrl) ?? []));
  const gone = new Map<string, Registration>();
  for (const registration of known) {
    const path = Object.hasOwn(registration.hostPaths, host) ? checkoutPath(registration, host) : undefined;
    const key = keyOf(registration.remoteUrl);
    if (path === undefined || key === undefined || !wanted.has(key) || gone.has(key)) continue;
    if (await isGone(resolve(expandHome(path)))) gone.set(key, registration);
  }
  const matches = new Map<string, Registration>();
  for (const { path, remoteUrl } of checkouts) {
    const registration = gone.get(keyOf(remoteUrl) ?? '');
    if (registration !== undefined) matches.set(path, registration);
  }
  return matches;
}

function keyOf(remote: string | null): string | undefined {
  const made = remote === null ? undefined : normalizeRemote(remote);
  return made?.ok ? made.key : undefined;
}

async function isGone(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch (error) {
    // What cannot be looked at may well be there.
    return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}
