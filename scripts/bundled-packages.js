// The packages that src/ may import by name. The package that `npm pack` makes has them in its dist, together with what they
// need themselves; docs/decisions/0005-dependencies.md says of each why.

export const BUNDLED = [
  '@bomb.sh/tab',
  '@modelcontextprotocol/server',
  'badge-maker',
  'bullmq',
  'cli-progress',
  'cli-table3',
  'commander',
  'cron-parser',
  'csv-stringify',
  'fastest-levenshtein',
  'fastify',
  'fresh',
  'http-link-header',
  'ioredis',
  'js-yaml',
  'ley',
  'markdown-it',
  'negotiator',
  'p-limit',
  'picomatch',
  'pino',
  'postgres',
  'prom-client',
  'zod',
  'zod-openapi',
];

/**
 * What bundled packages load only if it is there, and which is never there: drivers that we do not use, and a native part
 * that is only faster. Each is required within a `try`, or by a function that we do not call.
 */
export const LEFT_OUT = ['@valkey/valkey-glide', 'msgpackr-extract', 'pg', 'pg-native'];
