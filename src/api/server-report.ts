/** A report as a client reads it: the fields that a client decides by, from a server whose release may add others. */
import { z } from 'zod';
import { lenient } from './lenient.js';
import { verdict } from './report.js';
import { type Answer, slug, tier, time } from './terms.js';

/** The form of an answer of `GET /repos/{slug}/doi`, as far as a client needs it. */
export const serverReport = z.object({
  repo_slug: slug,
  tier,
  criteria: z.array(lenient(verdict)),
  checked_at: time.nullable(),
  stale: z.boolean(),
  // Texts, and not the lists of this release: a client must accept no reason that it does not know.
  stale_reasons: z.array(
    z.object({
      input: z.string(),
      code: z.string(),
      text: z.string(),
      was: z.string().nullable(),
      now: z.string().nullable(),
    }),
  ),
  // When each criterion was judged; null where that is not known.
  evaluation: z.object({ judged_at: z.record(z.string(), time) }).nullable(),
  // The page of the remote, where it has one; of a release that does not say it, not known.
  web_url: z.string().nullable().optional(),
  checkout: z
    .object({
      host: z.string(),
      kind: z.string().nullable(),
      branch: z.string().nullable(),
      head: z.string().nullable(),
    })
    .nullable(),
  failure: z.object({ message: z.string(), remedy: z.string() }).nullable(),
  host_trouble: z.object({ host: z.string(), message: z.string(), remedy: z.string() }).nullable(),
});
export type ServerReport = Answer<typeof serverReport>;
export type ServerStaleReason = ServerReport['stale_reasons'][number];
