/** Lists the repositories of one owner at a forge, and brings the registry in line with that. */
import type { DiscoveryTarget } from '../domain/forge.js';
import { forgeKey } from '../forge/forge-address.js';
import { type ListingHooks, listRepositories, type OwnerListing } from '../forge/list-repositories.js';
import { nameMatcher } from '../forge/match-name.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { ForgeTokens } from '../platform/settings/forge-settings.js';
import { type ApplyOptions, applyDiscovery, type Discovered } from '../registry/apply-discovery.js';
import type { MirrorPlace } from '../registry/register-mirrors.js';

export interface DiscoverDeps extends MirrorPlace {
  readonly sql: Sql;
  readonly tokens: ForgeTokens;
}

export interface DiscoverOptions extends ListingHooks {
  /** Archive what the forge lists no more, where it says of each that it is gone. */
  readonly prune?: boolean;
  /** Do so even where most of them are gone. */
  readonly force?: boolean;
  /** Write nothing. */
  readonly dryRun?: boolean;
}

export interface OwnerDiscovery extends Discovered {
  readonly listing: OwnerListing;
}

/**
 * Discovers the repositories of one owner. The forge is asked while the registry is not locked.
 * @throws {DoiError} as {@link listRepositories} and {@link applyDiscovery}
 */
export async function discoverOwner(
  { sql, tokens, host, mirrorsDir }: DiscoverDeps,
  target: DiscoveryTarget,
  { prune = false, force = false, dryRun = false, ...hooks }: DiscoverOptions = {},
): Promise<OwnerDiscovery> {
  const { match, ...filters } = target;
  const matches = nameMatcher(match);
  const listing = await listRepositories({ ...target, tokens }, hooks);
  const { address, repositories, ended } = listing;
  const options: ApplyOptions = {
    ...filters,
    ...{ host, mirrorsDir, prune, force, dryRun, matches, gone: new Set() },
    ...{ forge: forgeKey(address), basePath: address.basePath, listed: repositories },
    isWhole: ended === undefined,
  };
  const gone = prune ? await findGone(sql, listing, options) : options.gone;
  return { ...(await applyDiscovery(sql, { ...options, gone })), listing };
}

/** Plans once without writing, and asks the forge for each repository that is not on its list. @returns their ids here */
async function findGone(sql: Sql, listing: OwnerListing, options: ApplyOptions): Promise<Set<string>> {
  const { plan } = await applyDiscovery(sql, { ...options, dryRun: true });
  const gone = await listing.findGone(plan.unconfirmed);
  return new Set(gone.map(({ row }) => row.id));
}
