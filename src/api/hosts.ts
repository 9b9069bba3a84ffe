/** The answer of `GET /hosts`: the hosts that evaluate, and what keeps one from it. */
import { z } from 'zod';
import { ISOLATION_LEVELS } from '../domain/isolation.js';
import { type Answer, count, hostProblem, time } from './terms.js';

export const isolation = z.enum(ISOLATION_LEVELS).meta({ id: 'Isolation' });

const host = z
  .strictObject({
    host: z.string(),
    // Null before its first pass.
    heartbeat: time
      .nullable()
      .meta({ description: 'When its last complete pass over its repositories began.' }),
    // Its release; `unknown` where it has claimed repositories and none of its workers is known.
    version: z.string(),
    // Of the worker that leads the host, as are `built_at` and `machine`; each null where it is not known.
    criteria: z.string().nullable().meta({ description: 'The digest of its rules.' }),
    built_at: time.nullable(),
    // The system's host name.
    machine: z.string().nullable().meta({ description: 'Where the worker that leads it runs.' }),
    capacity: count.meta({ description: 'How many evaluations it runs at once.' }),
    // How it isolates the programs that it starts; null for a worker of a release that did not record it.
    isolation: isolation.nullable(),
    // How many active repositories it has claimed.
    repositories: count,
    // Whether its last heartbeat was more than two watch periods ago.
    silent: z.boolean(),
    trouble: hostProblem.nullable(),
  })
  .meta({ id: 'Host' });
export type HostAnswer = Answer<typeof host>;

export const hosts = z.array(host).meta({ id: 'Hosts' });
