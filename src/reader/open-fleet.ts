/** Opens the fleet's summary, which a thread of its own keeps ready with a connection of its own. */
import { type Config, requireDatabaseUrl } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import type { Scope } from '../platform/shutdown.js';
import { FleetSummary } from './fleet/fleet-summary.js';
import type { SummaryDependencies } from './read-summary.js';

/** How often everything is looked at, in milliseconds: a row of the registry, which nobody tells us of, shows so late. */
const LOOK_MS = 5000;

export interface OpenFleet {
  readonly config: Config;
  readonly log: Log;
  readonly scope: Scope;
}

/** Starts it in a scope. */
export function openFleet({ config, log, scope }: OpenFleet, reading: SummaryDependencies): FleetSummary {
  const { release, limits, observedLimitMs, runningLimitMs } = reading;
  const settings = {
    ...{ databaseUrl: requireDatabaseUrl(config), schema: config.schema },
    ...{ release, limits, observedLimitMs, runningLimitMs, lookMs: LOOK_MS },
  };
  const fleet = scope.add('summary', new FleetSummary(settings, log), (it) => it.close());
  fleet.start();
  return fleet;
}
