/** The answers on the service itself, on what the producer accepted, and of problems. */
import { z } from 'zod';
import { isolation } from './hosts.js';
import { refresh } from './report.js';
import { errorCode, slug } from './terms.js';

export const health = z.strictObject({ status: z.literal('ok'), release: z.string() }).meta({ id: 'Health' });
export const readiness = z
  .strictObject({ status: z.literal('ready'), release: z.string(), isolation: isolation.nullable() })
  .meta({ id: 'Readiness' });

export const requested = z
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
