/** Opens what requests evaluations in the web process: a pool apart from the reader's, and Redis if it is configured. */

import { type Clock, systemClock } from '../platform/clock.js';
import { type Config, requireDatabaseUrl } from '../platform/config.js';
import { authorizeWrite, type WriteAuthOptions } from '../platform/http/write-auth.js';
import type { Log } from '../platform/log.js';
import { closeSql, HTTP_LIMITS, openSql, type Sql } from '../platform/postgres/sql.js';
import type { Scope } from '../platform/process/shutdown.js';
import { requestBySlug, requestVerification } from '../producer/refresh.js';
import { type RepositoryToWake, wakeHomes } from '../producer/wake-homes.js';
import { WakeUpBuffer, type WakeUpTarget } from '../producer/wake-up-buffer.js';
import { queuePrefix } from '../queue/queue-names.js';
import { openProducerConnection } from '../queue/redis-connections.js';
import { type OnWakeUps, Waker } from '../queue/waker.js';
import type { RefreshActions } from '../reader/force-refresh.js';
import { RemoteIndex } from '../registry/remote-index.js';
import { readInstallation } from '../store/installation.js';
import { CompletionWatch } from '../store/requests/completion-watch.js';

export interface WebProducing {
  readonly sql: Sql;
  readonly host: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly index: RemoteIndex;
  readonly wakes: WakeUpTarget;
}

export interface OpenProducer {
  readonly config: Config;
  readonly log: Log;
  readonly scope: Scope;
  readonly onWakeUps: OnWakeUps;
}

/** What the producer's routes need, opened in a scope. */
export function openProducer(opening: OpenProducer): WebProducing {
  const { config, log, scope } = opening;
  const { host, schema } = config;
  const url = requireDatabaseUrl(config);
  // A flood of webhooks waits for this pool, and delays no read.
  const settings = { url, schema, purpose: 'web producer', connections: 4, ...HTTP_LIMITS };
  const sql = scope.add('producer database', openSql(settings), closeSql);
  return {
    ...{ sql, host, log, clock: systemClock },
    index: new RemoteIndex(sql, systemClock),
    wakes: openWakes(opening, sql),
  };
}

function openWakes({ config, log, scope, onWakeUps }: OpenProducer, sql: Sql): WakeUpTarget {
  const { redisUrl, host } = config;
  // Without Redis the watch of each host finds the committed requests.
  if (redisUrl === undefined) return { add: () => {} };
  const redis = scope.add('redis', openProducerConnection(redisUrl, log), (it) => it.disconnect());
  const readPrefix = async () => queuePrefix(await readInstallation(sql));
  const waker = scope.add('waker', new Waker({ redis, log, readPrefix, onEnd: onWakeUps }), (it) =>
    it.close(),
  );
  const wake = waker.wake.bind(waker);
  const send = (wanted: readonly RepositoryToWake[]) => wakeHomes({ sql, host, wake }, wanted);
  const later = new WakeUpBuffer({ log, clock: systemClock, send });
  return scope.add('wake-ups', later, (it) => it.close());
}

/** How the reader requests an evaluation: by the producer, and on its connections. */
export function openRefreshing(producing: WebProducing, caller: WriteAuthOptions): RefreshActions {
  const watch = new CompletionWatch(producing);
  return {
    checkWriter: (request) => authorizeWrite(request, caller),
    request: async (slug) => {
      const wake = await requestBySlug(producing, slug, true);
      producing.wakes.add([wake]);
      return wake.repoId;
    },
    requestVerification: async (slug) => {
      const wake = await requestVerification(producing, slug);
      if (wake !== undefined) producing.wakes.add([wake]);
      return wake?.repoId;
    },
    waitForCompletion: (repoId, signal) => watch.wait(repoId, signal).then((end) => end !== 'open'),
  };
}
