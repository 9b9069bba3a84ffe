/** The answers of `GET /sweeps` and `GET /sweeps/latest`: how far a sweep is, or how it ended. */
import { z } from 'zod';
import { type Answer, count, time } from './terms.js';

/** Numbers by name: of a reason, or of a host. */
const counts = z.record(z.string(), count);

export const sweep = z
  .strictObject({
    id: z.uuid(),
    // What started it: the nightly schedule, or a person.
    trigger: z.string(),
    // The host that sweeps.
    host: z.string(),
    // `lost`: its process died, broke or was stopped before the end. The requests that it made remain.
    state: z.enum(['running', 'finished', 'lost']),
    started_at: time,
    // When its process last renewed its lease.
    alive_at: time,
    finished_at: time.nullable(),
    // The active repositories.
    total: count,
    // How many of them are fresh, judged, broken or gone.
    done: count,
    counts: z.strictObject({
      probed: count,
      fresh: count,
      // Repositories that the sweep requested an evaluation of. The counts below are of those.
      asked: count,
      // How often each reason was the reason of the request.
      reasons: counts,
      // Broken at the end.
      failed: count,
      // Archived, or no longer registered, before they were judged.
      gone: count,
      // Deferred without a failure of their own, because of a host problem.
      held: count,
      // By host: waiting for one that is silent.
      away: counts,
    }),
  })
  .meta({ id: 'Sweep' });
export type SweepAnswer = Answer<typeof sweep>;
export type SweepCounts = SweepAnswer['counts'];

export const sweeps = z.array(sweep).meta({ id: 'Sweeps' });
