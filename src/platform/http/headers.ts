/** The headers that restrict what a browser may do with an answer: nothing, unless a route chooses another set. */

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The headers of a route's answers, in place of {@link ANSWER_HEADERS}; its errors keep those. */
    answerHeaders?: Readonly<Record<string, string>>;
  }
}

/** Of every answer: its content type is exact, it runs and loads nothing, and other sites cannot use it. */
export const ANSWER_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Of our own page: it loads files of this server only, has no inline script, and sends requests to this server only. */
export const PAGE_HEADERS = {
  ...ANSWER_HEADERS,
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
} as const;

/** Of a picture. Opened by itself it may do nothing either, except style its own text by attributes. */
export const PICTURE_HEADERS = {
  ...ANSWER_HEADERS,
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
} as const;

/** Of a public picture, which other sites may show. */
export const PUBLIC_PICTURE_HEADERS = {
  ...PICTURE_HEADERS,
  'cross-origin-resource-policy': 'cross-origin',
} as const;
