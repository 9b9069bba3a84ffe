/** The headers and problems that operations share, and how a response is written in the document. */
import { z } from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { problem } from './health-and-problems.js';

const etag = z
  .string()
  .meta({ description: 'Names the body, strongly.', examples: ['"ydFJPK_sfeRoUEOx8tKw59"'] });
const cacheControl = z.literal('no-cache, private');
const vary = z.string();
const verifiedAt = z.iso.datetime().meta({
  description: 'The time for which staleness is claimed: when the oldest probe used began.',
});
const found = z.enum(['doi-worker; hit', 'doi-worker; fwd=miss']).meta({ description: 'RFC 9211.' });
const foundWithTtl = z
  .string()
  .regex(
    /^doi-worker; (?:hit|fwd=miss)(?:; ttl=(?:0|-?[1-9]\d*))?(?:; doi-ttl-ms=\d+; doi-bound-ms=\d+)?(?:; detail="[a-z_]+(?: [a-z_]+)*")?$/,
  )
  .meta({
    description:
      'RFC 9211. `ttl`: for how many more seconds the verification is recent enough; negative where the report is stale. `doi-ttl-ms`: the same in milliseconds, of a fresh one. `doi-bound-ms`: for how long after `DOI-Verified-At` it is recent enough. `detail`: why it is stale.',
    examples: [
      'doi-worker; hit; ttl=42; doi-ttl-ms=42310; doi-bound-ms=60000',
      'doi-worker; fwd=miss; ttl=-5400; detail="input_changed over_age"',
    ],
  });

/** Headers of an answer that a client need not fetch again while it has not changed. */
export const tagged = z.object({ etag, 'cache-control': cacheControl, vary });
/** The same of an answer that holds no data, which any cache may keep for an hour. */
export const kept = tagged.extend({ 'cache-control': z.literal('public, max-age=3600') });
/** The same of an answer that says whether it is stale, for many repositories. */
const verifiedHeaders = tagged.extend({ 'doi-verified-at': verifiedAt, 'cache-status': found });
/** The same of an answer that may be a page. */
export const pagedHeaders = verifiedHeaders.extend({
  link: z
    .string()
    .optional()
    .meta({
      description: 'With `limit`, unless the page is the last: the next one (RFC 8288).',
      examples: ['</repos/doi/summary?limit=100&cursor=W3RydWUsIm5vbmUiLCJ3aWRnZXQiXQ>; rel=next'],
    }),
});
/** The same of an answer on one report. */
export const reportHeaders = verifiedHeaders.extend({ 'cache-status': foundWithTtl });

/** The header with which a client names the version that it has. */
export const conditional = z.object({
  'if-none-match': z.string().optional().meta({ description: 'The tag of what the client has.' }),
});

/** The same, with which a client says how recently a report must have been verified. */
export const timely = conditional.extend({
  'cache-control': z
    .string()
    .optional()
    .meta({
      description:
        '`max-age=N`: only an answer that was verified at most N seconds ago, else its home host is woken. With `only-if-cached`: without waking it.',
      examples: ['max-age=60', 'max-age=60, only-if-cached'],
    }),
});

/** A JSON answer. */
export function json(
  description: string,
  schema: z.ZodType,
  headers?: z.ZodObject,
): ZodOpenApiResponseObject {
  return {
    description,
    content: { 'application/json': { schema } },
    ...(headers === undefined ? {} : { headers }),
  };
}

/** The 304 for a client that has the current version. */
export function unchanged(headers: z.ZodObject): ZodOpenApiResponseObject {
  return { description: 'The client already has the current version.', headers };
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request is not in its form.',
  401: 'The request carries no valid token or proof.',
  403: 'The client may not do this.',
  404: 'There is nothing of that name.',
  408: 'The request did not come in time.',
  413: 'The body is too large, or too many large ones come at this moment.',
  415: 'The body is no JSON.',
  417: 'The request expects what is not done here.',
  431: 'The headers of the request are too large.',
  504: 'The report was not verified as recently as wanted; `Retry-After` says when to try again.',
  503: 'PostgreSQL is away, or too many clients wait; `Retry-After` says when to try again.',
};

/** The statuses with which any operation may answer. */
const OF_ALL = [400, 408, 417, 431] as const;

/** Problems of these statuses and of {@link OF_ALL}. */
export function problems(...others: readonly number[]): Record<string, ZodOpenApiResponseObject> {
  const statuses = [...OF_ALL, ...others].sort((one, other) => one - other);
  const content = { 'application/problem+json': { schema: problem } };
  return Object.fromEntries(
    statuses.map((status) => [
      String(status),
      {
        description: DESCRIPTIONS[status] ?? '',
        content,
        ...(status === 503 || status === 504 ? { headers: z.object({ 'retry-after': z.string() }) } : {}),
      },
    ]),
  );
}
