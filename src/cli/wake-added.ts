/** Wakes the workers of new repositories, where there is a Redis: without one their next pass finds the requests. */
import { DoiError } from '../domain/errors.js';
import { wakeHomes } from '../producer/wake-homes.js';
import type { AddedRequest } from '../store/requests/add-requests.js';
import type { Context } from './context.js';
import { findConnections, withProducer } from './open-services.js';
import { showText } from './terminal.js';

/** Wakes for requests that were added. That Redis is away is only said: the requests are stored. */
export async function wakeAdded(
  { env, stderr }: Pick<Context, 'env' | 'stderr'>,
  requested: readonly AddedRequest[],
): Promise<void> {
  if (requested.length === 0) return;
  const { config } = await findConnections(env);
  if (config.redisUrl === undefined) return;
  try {
    await withProducer(env, ({ sql, host, wake }) =>
      wakeHomes(
        { sql, host, wake },
        requested.map(({ repoId, priority }) => ({ repoId, priority })),
      ),
    );
  } catch (error) {
    if (!(error instanceof DoiError) || error.code !== 'redis_unavailable') throw error;
    stderr.write(`${showText(error.message)} The next pass of each worker finds the new repositories.\n`);
  }
}
