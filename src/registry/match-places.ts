/** Which of some folders are registered on a host already. */
import { checkoutPath } from '../domain/home.js';
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
