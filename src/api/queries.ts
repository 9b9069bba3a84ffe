/** The parameters and bodies that each route accepts. The server coerces nothing and rejects unknown parameters. */
import { z } from 'zod';
import { DoiError } from '../domain/errors.js';
import { SERVED_SLUG } from '../domain/served-slug.js';
import { TIERS } from '../domain/tier.js';

export const slugParams = z.strictObject({
  slug: z
    .string()
    .regex(SERVED_SLUG)
    .meta({ description: 'The name that the repository is registered by.', examples: ['widget'] }),
});
export type SlugParams = z.infer<typeof slugParams>;

/** Returns the given slug, which may stand in an address of the API. @throws {DoiError} `bad_slug` */
export function requireServedSlug(slug: string): string {
  if (SERVED_SLUG.test(slug)) return slug;
  const remedy = 'A slug is 1 to 100 letters, digits, ".", "_" and "-", and starts with a letter or a digit.';
  throw new DoiError('bad_slug', `${JSON.stringify(slug.slice(0, 120))} is not a slug.`, remedy);
}

/** The schemas of a repository's files that are served. A test compares them with those that are made. */
export const SCHEMA_NAMES = ['tpsc', 'workplan', 'task', 'capability'] as const;

export const schemaParams = z.strictObject({
  name: z.enum(SCHEMA_NAMES).meta({ description: 'What the schema describes.', examples: ['tpsc'] }),
});

/** The query of a route that takes no parameters. */
export const emptyQuery = z.strictObject({});

const flag = z.enum(['true', 'false']);

export const reportQuery = z.strictObject({
  force_refresh: flag.optional().meta({ description: 'Judge everything again first.' }),
  wait: z
    .string()
    .regex(/^(?:[12]?\d|30)$/)
    .optional()
    .meta({
      description:
        'With force_refresh=true or `Cache-Control: max-age`: for how many seconds at most, 0 to 30; 10 without it.',
    }),
});
export type ReportQuery = z.infer<typeof reportQuery>;

const pageLimit = z
  .string()
  .regex(/^(?:[1-9]\d?|100)$/)
  .optional()
  .meta({ description: 'How many entries, 1 to 100; 50 without it.' });

export const historyQuery = z.strictObject({
  limit: pageLimit,
  cursor: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional()
    .meta({ description: '`next` of the page before.' }),
});
export type HistoryQuery = z.infer<typeof historyQuery>;

export const summaryQuery = z.strictObject({
  domain: z.string().max(50).optional().meta({ description: "A domain's slug." }),
  tier: z.enum(TIERS).optional().meta({ description: 'Exactly this one.' }),
  stale: flag.optional(),
  broken: flag.optional(),
  limit: z
    .string()
    .regex(/^(?:[1-9]\d{0,2}|1000)$/)
    .optional()
    .meta({ description: 'How many entries, 1 to 1000; all without it.' }),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,4000}$/)
    .optional()
    .meta({ description: 'Where a page begins: that of the `Link` header of the page before.' }),
  fields: z
    .string()
    .max(500)
    .optional()
    .meta({
      description: 'Only these fields of an entry, in its order; all without it.',
      examples: ['repo_slug,tier,stale'],
    }),
});
export type SummaryQuery = z.infer<typeof summaryQuery>;

export const trendQuery = z.strictObject({
  days: z
    .string()
    .regex(/^(?:[1-9]\d?|[1-3]\d\d|400)$/)
    .optional()
    .meta({ description: '1 to 400; 30 without it.' }),
  cursor: z.iso.date().optional().meta({ description: '`next` of the page before.' }),
});
export type TrendQuery = z.infer<typeof trendQuery>;

/** How far back changes are listed: a date, a time, or a duration before now. */
export const since = z.union([z.iso.date(), z.iso.datetime(), z.string().regex(/^[1-9]\d{0,3}[mhdw]$/)]);

export const changesQuery = z.strictObject({
  since: since.optional().meta({
    description: 'A date or a time in UTC, or a number of minutes, hours, days or weeks; 7d without it.',
    examples: ['7d', '2026-11-20', '2026-11-20T09:00:00Z'],
  }),
  direction: z
    .enum(['worse', 'better', 'all'])
    .optional()
    .meta({ description: 'Those in which a tier or a criterion got worse, or better; all without it.' }),
  limit: pageLimit,
  cursor: z
    .string()
    .regex(/^\d{1,17}-\d{1,18}$/)
    .optional()
    .meta({ description: '`next` of the page before.' }),
});
export type ChangesQuery = z.infer<typeof changesQuery>;

export const refreshBody = z.strictObject({
  if_stale: z.boolean().optional().meta({ description: 'Keep verdicts whose inputs have not changed.' }),
});

export const sweepsQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^(?:[1-9]|[1-4]\d|50)$/)
    .optional()
    .meta({ description: 'How many, 1 to 50; 10 without it.' }),
});
export type SweepsQuery = z.infer<typeof sweepsQuery>;

/** The schema in the form that Fastify's validator takes: draft 7. */
export function toSchema(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { target: 'draft-7' });
}
