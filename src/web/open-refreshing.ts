/** Opens how the reader has something judged where it is asked to: by the producer, whose connections it waits on. */
import { SettledWatch } from '../cache/settled-watch.js';
import { PRIORITY } from '../domain/request.js';
import { type AskerSettings, checkAsker } from '../platform/http-asker.js';
import { askBySlug } from '../producer/refresh.js';
import type { Refreshing } from '../reader/force-refresh.js';
import type { WebProducing } from './open-producer.js';

/** What the reader is handed. */
export function openRefreshing(producing: WebProducing, caller: AskerSettings): Refreshing {
  const watch = new SettledWatch(producing);
  return {
    checkAsker: (request) => checkAsker(request, caller),
    ask: async (slug) => {
      const repoId = await askBySlug(producing, slug, true);
      producing.wakes.add([{ repoId, priority: PRIORITY.person }]);
      return repoId;
    },
    settled: (repoId, signal) => watch.settles(repoId, signal),
  };
}
