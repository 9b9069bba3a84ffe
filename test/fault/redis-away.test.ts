import { createHmac, randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReportAnswer } from '../../src/api/report.js';
import { findFreePort } from '../../src/local/free-port.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { BARE, type Running, startProgram, until } from '../e2e/programs.js';
import { type FaultServer, startRedis } from '../helpers/fault-servers.js';
import { openWorld, type World } from '../helpers/world.js';

const SLUGS = Array.from({ length: 6 }, (_, n) => `r${n}`);
const SECRET = 'a secret of sixteen or more';
const WATCH_SECONDS = 3;
/** What a webhook and what coming back may take, each held at five times that. */
const ACCEPTED_MS = 500;
const FRESH_MS = WATCH_SECONDS * 1000;
/** What a process gives itself to stop. */
const STOP_LIMIT_MS = 25_000;

let world: World;
let redis: FaultServer;
let address: string;
let env: NodeJS.ProcessEnv;
const running = new Set<Running>();

beforeEach(async () => {
  world = await openWorld('redis-away');
  redis = await startRedis();
  const port = String(await findFreePort());
  address = `http://127.0.0.1:${port}`;
  env = {
    ...BARE,
    ...{ DATABASE_URL: world.url, REDIS_URL: redis.url, PORT: port, DOI_HOST: 'here', LC_MARK: randomUUID() },
    ...{ DOI_WATCH_SECONDS: String(WATCH_SECONDS), DOI_WEBHOOK_SECRET_GITHUB: SECRET, LOG_LEVEL: 'warn' },
  };
  for (const slug of SLUGS) {
    await world.add(slug, { 'SCOPE.md': '# Scope\n' });
    await world.sql`update managed_repos set remote_url = ${remoteOf(slug)} where slug = ${slug}`;
  }
});

afterEach(async () => {
  redis.thaw();
  for (const one of running) one.signal('SIGKILL');
  await Promise.all([...running].map((one) => one.done));
  await redis.close();
  await world.close();
});

const remoteOf = (slug: string) => `https://github.com/acme/${slug}.git`;

const start = (process_: 'web' | 'worker') => startFile('bin/doi', process_);

function startFile(file: string, ...argv: string[]): Running {
  const one = startProgram([process.execPath, join(packageRoot, file), ...argv], env);
  running.add(one);
  one.done.then(() => running.delete(one));
  return one;
}

async function read(slug: string): Promise<ReportAnswer | undefined> {
  const response = await fetch(`${address}/repos/${slug}/doi`).catch(() => undefined);
  return response?.ok ? ((await response.json()) as ReportAnswer) : undefined;
}

/** Delivers a push to the default branch of a repository, as GitHub does. */
async function push(slug: string): Promise<{ status: number; ms: number }> {
  const url = remoteOf(slug);
  const body = JSON.stringify({
    ...{ ref: 'refs/heads/main', after: 'a'.repeat(40), deleted: false },
    repository: { default_branch: 'main', clone_url: url, ssh_url: url, html_url: url },
  });
  const began = performance.now();
  const response = await fetch(`${address}/webhooks/github`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    },
    body,
  });
  await response.arrayBuffer();
  return { status: response.status, ms: performance.now() - began };
}

/** Edits and pushes everything while Redis is away; each push is taken at once, and everything can be read. */
async function editAndPush(): Promise<void> {
  for (const slug of SLUGS) {
    await appendFile(world.path(slug, 'SCOPE.md'), 'Edited.\n');
    const { status, ms } = await push(slug);
    expect(status).toBe(202);
    expect(ms).toBeLessThan(5 * ACCEPTED_MS);
    expect(await read(slug)).toBeDefined();
  }
}

const isFresh = (report: ReportAnswer | undefined) => report?.stale === false;
const everythingIsFresh = (limitMs: number) =>
  until(async () => (await Promise.all(SLUGS.map(read))).every(isFresh), Boolean, limitMs);

async function startBoth(): Promise<void> {
  start('web');
  start('worker');
  await everythingIsFresh(60_000);
}

describe('webhooks and reads are answered at once, and one pass of the watch makes all fresh', () => {
  it('when Redis was killed, and started again empty', async () => {
    await startBoth();
    await redis.kill();
    await editAndPush();
    await redis.restart();
    await everythingIsFresh(5 * FRESH_MS);
  }, 300_000);

  it('when Redis was emptied', async () => {
    await startBoth();
    const connection = new Redis(redis.url);
    await connection.flushall();
    await editAndPush();
    await connection.flushall();
    await connection.quit();
    await everythingIsFresh(5 * FRESH_MS);
  }, 300_000);

  it('when Redis hung for 20 s', async () => {
    await startBoth();
    redis.freeze();
    const frozen = performance.now();
    for (; performance.now() - frozen < 20_000; await delay(1000)) await editAndPush();
    redis.thaw();
    await everythingIsFresh(5 * FRESH_MS);
  }, 400_000);

  it('when Redis was away at their start; a worker that got SIGTERM meanwhile has ended', async () => {
    await redis.kill();
    start('web');
    start('worker');
    const stopped = startFile('test/fault/impatient-worker.mjs', JSON.stringify({ graceMs: 1000 }));
    await until(() => read('r0'), Boolean, 180_000);
    stopped.signal('SIGTERM');
    const asked = performance.now();
    const ended = stopped.done.then(({ code }) => ({ code, ms: performance.now() - asked }));
    await editAndPush();
    const { code, ms } = await ended;
    expect(code).toBe(0);
    expect(ms).toBeLessThan(STOP_LIMIT_MS);
    await redis.restart();
    await everythingIsFresh(5 * FRESH_MS);
  }, 300_000);
});
