/** What answers tell a browser that it may do with them: nothing, unless a route says otherwise by one of these. */

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a route's answers tell browsers, in place of {@link ANSWER_HEADERS}; those of its errors excepted. */
    answerHeaders?: Readonly<Record<string, string>>;
  }
}

/** What every answer carries: it is what it says it is, runs and loads nothing, and is of no use to other sites. */
export const ANSWER_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** A page of our own: it loads what lies beside it, has no script in it, and asks this server alone. */
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

/** A picture. Opened by itself it may do nothing either; its text is placed by attributes. */
export const PICTURE_HEADERS = {
  ...ANSWER_HEADERS,
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
} as const;

/** A picture that other sites may show, since anybody may see it. */
export const PUBLIC_PICTURE_HEADERS = {
  ...PICTURE_HEADERS,
  'cross-origin-resource-policy': 'cross-origin',
} as const;
