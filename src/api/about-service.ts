/** The schemas of answers on the service itself: hosts, sweeps, health, what was asked for, and errors. */
import { z } from 'zod';
import type { HostAnswer, SweepAnswer } from '../domain/answers.js';
import { ISOLATION_LEVELS } from '../domain/isolation.js';
import { refresh, trouble } from './report.js';
import { proveSame, type Same } from './same-type.js';
import { count, errorCode, slug, time } from './terms.js';

const isolation = z.enum(ISOLATION_LEVELS).meta({ id: 'Isolation' });

const host = z
  .strictObject({
    host: z.string(),
    heartbeat: time.nullable().meta({ description: 'When its last look at all of its repositories began.' }),
    version: z.string(),
    criteria: z.string().nullable().meta({ description: 'The digest of its rules.' }),
    built_at: time.nullable(),
    machine: z.string().nullable().meta({ description: 'Where the worker that leads it runs.' }),
    capacity: count.meta({ description: 'How many evaluations it runs at once.' }),
    isolation: isolation.nullable(),
    repositories: count,
    silent: z.boolean(),
    trouble: trouble.nullable(),
  })
  .meta({ id: 'Host' });
export const hosts = z.array(host).meta({ id: 'Hosts' });
proveSame<Same<z.infer<typeof host>, HostAnswer>>();

const counts = z.record(z.string(), count);
export const sweep = z
  .strictObject({
    id: z.uuid(),
    trigger: z.string(),
    host: z.string(),
    state: z.enum(['running', 'finished', 'lost']),
    started_at: time,
    alive_at: time,
    finished_at: time.nullable(),
    total: count,
    done: count,
    counts: z.strictObject({
      probed: count,
      fresh: count,
      asked: count,
      reasons: counts,
      failed: count,
      gone: count,
      held: count,
      away: counts,
    }),
  })
  .meta({ id: 'Sweep' });
proveSame<Same<z.infer<typeof sweep>, SweepAnswer>>();
export const sweeps = z.array(sweep).meta({ id: 'Sweeps' });

export const health = z.strictObject({ status: z.literal('ok'), release: z.string() }).meta({ id: 'Health' });
export const readiness = z
  .strictObject({ status: z.literal('ready'), release: z.string(), isolation: isolation.nullable() })
  .meta({ id: 'Readiness' });

export const asked = z
  .strictObject({
    repo_slug: slug,
    refresh: refresh.nullable().meta({ description: 'Null where it has ended already.' }),
  })
  .meta({ id: 'Asked' });
export const accepted = z
  .strictObject({ accepted: z.literal(true), repositories: z.array(slug) })
  .meta({ id: 'AcceptedPush' });
export const ignored = z.strictObject({ ignored: z.string() }).meta({ id: 'IgnoredDelivery' });

export const problem = z
  .strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    code: errorCode,
    detail: z.string().meta({ description: 'What was found.' }),
    remedy: z.string().meta({ description: 'What to do.' }),
    request_id: z.string(),
  })
  .meta({ id: 'Problem', description: 'A problem, as RFC 9457 has it.' });
