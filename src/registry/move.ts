/** Records that a checkout lies elsewhere on this host now. */
import { DoiError } from '../domain/errors.js';
import type { Sql } from '../platform/sql.js';
import { changeRepositories } from './change-repositories.js';
import { lockRegistry } from './lock-registry.js';
import { matchPlaces } from './match-places.js';
import { readRegistrations } from './read-registrations.js';
import { realFolder } from './real-folder.js';
import { describeUnknown } from './unknown-repository.js';

/**
 * Sets this host's path of a repository.
 * @returns the real path that was recorded.
 * @throws {DoiError} `not_a_folder`, `unknown_repository`; `bad_request` where the path is another repository's.
 */
export async function moveRepository(
  sql: Sql,
  slug: string,
  place: { host: string; path: string },
): Promise<string> {
  const path = await realFolder(place.path);
  await sql.begin(async (transaction) => {
    await lockRegistry(transaction);
    const known = await readRegistrations(transaction);
    const row = known.find((each) => each.slug === slug);
    if (row === undefined)
      throw describeUnknown(
        slug,
        known.map((each) => each.slug),
      );
    const others = known.filter((each) => each.id !== row.id);
    const taken = (await matchPlaces([path], others, place.host)).get(path);
    if (taken !== undefined) {
      const remedy =
        `If ${taken.slug} is the same repository registered twice, "doi unregister ${taken.slug}" and try again; ` +
        `else "doi move ${taken.slug} PATH" with the folder of its checkout first.`;
      throw new DoiError('bad_request', `${path} is registered as ${taken.slug}.`, remedy);
    }
    if (row.hostPaths[place.host] === path) return;
    const change = { id: row.id, host: place.host, path, remoteUrl: null, domain: null };
    await changeRepositories(transaction, [change]);
  });
  return path;
}
