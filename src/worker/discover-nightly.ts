/** Discovers what DOI_DISCOVER names, before the nightly sweep. */
import { DoiError } from '../domain/errors.js';
import type { Config } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import type { Sql } from '../platform/postgres/sql.js';
import type { Wake } from '../queue/waker.js';
import type { DiscoveryPlan } from '../registry/plan-discovery.js';

export interface NightlyDiscovery {
  readonly config: Pick<Config, 'discover' | 'forgeTokens' | 'host' | 'mirrorsDir'>;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly sql: Sql;
  readonly wake: (wakes: readonly Wake[]) => Promise<void>;
}

/**
 * Discovers each owner in turn. A failure is logged and keeps neither the next owner nor the sweep from being done: the next
 * night tries again.
 */
export async function discoverNightly({ config, log, signal, sql, wake }: NightlyDiscovery): Promise<void> {
  const { discover, forgeTokens: tokens, host, mirrorsDir } = config;
  if (discover.length === 0) return;
  const { discoverOwner } = await import('./discover-owner.js');
  for (const target of discover) {
    if (signal.aborted) return;
    const name = `${target.kind}:${target.owner}`;
    const onWait = (ms: number) =>
      log.info({ target: name, ms }, 'discovery waits for the limits of the forge');
    try {
      const { plan, listing, requested } = await discoverOwner({ sql, tokens, host, mirrorsDir }, target, {
        signal,
        onWait,
      });
      log.info({ target: name, listed: listing.repositories.length, ...countOf(plan) }, 'discovered');
      if (listing.ended !== undefined)
        log.warn({ target: name, error: listing.ended }, 'the list of the forge is not whole');
      await wake(requested.map(({ repoId, priority }) => ({ repoId, priority, host }))).catch(
        (error: unknown) =>
          log.warn(
            { target: name, error },
            'no worker could be woken; the watch of each host finds the requests',
          ),
      );
    } catch (error) {
      if (signal.aborted) return;
      const level = error instanceof DoiError ? 'warn' : 'error';
      log[level]({ target: name, error }, 'discovery failed; the next night tries again');
    }
  }
}

function countOf(plan: DiscoveryPlan): Record<string, number> {
  const lists = Object.entries(plan).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  return Object.fromEntries(lists.map(([name, list]) => [name, list.length]));
}
