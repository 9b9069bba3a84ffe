// A web process as it runs in production, beside bare routes that do the least that could do the same, in one process.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { gzipSync } from 'node:zlib';
import { fastify } from 'fastify';
import { readConfig } from '../../dist/platform/config.js';
import { openLog } from '../../dist/platform/log.js';
import { openSql } from '../../dist/platform/postgres/sql.js';
import { Scope } from '../../dist/platform/process/shutdown.js';
import { runWeb } from '../../dist/web/run-web.js';

const config = readConfig();
const url = await runWeb(config, openLog('bench', 'warn'), new Scope());
const sql = openSql({ url: config.databaseUrl, purpose: 'bare', connections: 4 });
const delay = monitorEventLoopDelay({ resolution: 1 });
let summary;

const bare = fastify({ logger: false });
bare.get('/report/:slug', async ({ params }, reply) => {
  const [row] = await sql`select body from bench_report where slug = ${params.slug}`;
  return reply.type('application/json; charset=utf-8').send(row.body);
});
bare.get('/nothing', async () => ({ status: 'ok' }));
bare.get('/summary', async ({ headers }, reply) => {
  reply.headers(summary.headers);
  if (headers['if-none-match'] === summary.headers.etag) return reply.code(304).send();
  return reply
    .header('content-encoding', 'gzip')
    .type('application/json; charset=utf-8')
    .send(summary.zipped);
});
// To be served with the very headers that ours has.
bare.post('/summary', { bodyLimit: 1e8 }, async ({ body: { headers, entries } }) => {
  summary = { headers, zipped: gzipSync(JSON.stringify(entries), { level: 3 }) };
  return { bytes: summary.zipped.length };
});
// The longest time in which the event loop was blocked since the last call; the timer's own time is not counted.
bare.get('/blocked', async () => {
  const ms = delay.max / 1e6 - 1;
  delay.disable();
  delay.reset();
  delay.enable();
  return { ms };
});
bare.get('/memory', async () => ({ mb: Math.round(process.memoryUsage.rss() / 2 ** 20) }));
delay.enable();
console.log(JSON.stringify({ url, bare: await bare.listen({ host: '127.0.0.1', port: 0 }) }));
