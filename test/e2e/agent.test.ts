import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Verdict } from '../../src/domain/verdict.js';
import { findFreePort } from '../../src/local/free-port.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { callRefused, callTool, ERAS, type Era, makeClient } from '../helpers/mcp-client.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { openTestRedis, type TestRedis } from '../helpers/test-redis.js';
import { BARE, doi, makeCheckout, type Running, startProgram, until } from './programs.js';

const SLUG = 'widget';
const BIN = join(packageRoot, 'bin/doi');
const TOKEN = 'token-for-asking-0123';
let root: string;
let path: string;
let database: TestDatabase;
let redis: TestRedis;
let env: NodeJS.ProcessEnv;
let running: Running[];
let clients: Client[];

beforeEach(async () => {
  root = await makeTempFolder('agent');
  path = join(root, SLUG);
  database = await openTestDatabase();
  redis = await openTestRedis();
  running = [];
  clients = [];
  env = {
    ...BARE,
    ...{ DATABASE_URL: database.url, REDIS_URL: redis.url, PORT: String(await findFreePort()) },
    ...{ DOI_HOST: 'here', DOI_TOKEN: TOKEN, DOI_FRESHNESS: '0' },
  };
});
afterEach(async () => {
  for (const client of clients) await client.close();
  for (const each of running) each.signal('SIGTERM');
  await Promise.all(running.map(({ done }) => done));
  await redis.close();
  await database.close();
  await removeFolder(root);
});

/** Starts `doi mcp` as an agent does: with these variables, and no service of its own. */
async function connect(variables: Readonly<Record<string, string>>, era: Era = 'legacy'): Promise<Client> {
  const client = makeClient(era);
  const transport = new StdioClientTransport({
    ...{ command: process.execPath, args: [BIN, 'mcp'], stderr: 'inherit' },
    env: { PATH: process.env['PATH'] ?? '', ...variables },
  });
  await client.connect(transport);
  clients.push(client);
  return client;
}

/** Runs each command that a remedy names in backticks, if it records something that no file of a checkout has. */
async function record(remedy: string): Promise<void> {
  for (const [, line = ''] of remedy.matchAll(/`doi (record [^`]+)`/g))
    expect(await doi(line.replace('SLUG', SLUG).split(' '), env)).toMatchObject({ code: 0 });
}

/** The first block of a language in the rule of a criterion. */
async function blockOf(client: Client, id: string, language: string): Promise<string> {
  const { contents } = await client.readResource({ uri: `doi://criteria/${id}` });
  const [rule] = contents as { text: string }[];
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(rule?.text ?? '')?.[1] ?? '';
}

/** Does what an agent does that reads a verdict: it writes the file by the rule, and runs the commands of the remedy. */
async function act(client: Client, { id, remedy }: Pick<Verdict, 'id' | 'remedy'>): Promise<void> {
  if (id === 'C5') await writeFile(join(path, 'SCOPE.md'), await blockOf(client, id, 'markdown'));
  if (id === 'C6') await writeFile(join(path, 'CLAUDE.md'), '# How we work\n\nOne thing a change.\n');
  if (id === 'C7') await writeFile(join(path, 'workplans/README.md'), '# Workplans\n');
  if (id === 'C9') await writeFile(join(path, 'tpsc.yaml'), await blockOf(client, id, 'yaml'));
  await record(remedy ?? '');
}

type Criteria = readonly Pick<Verdict, 'id' | 'status' | 'detail' | 'remedy'>[];

it('a client with the tools alone takes a fresh repository from core to standard', async () => {
  await makeCheckout(path, { 'workplans/.keep': '' });
  await doi(['register', path, '--slug', SLUG], env);
  await doi(['record', 'domain', 'shop', '--status', 'active'], env);
  await doi(['record', 'domain', 'shop', '--repo', SLUG], env);
  running = ['web', 'worker'].map((name) => startProgram([BIN, name], env));
  const url = `http://127.0.0.1:${env['PORT']}`;
  const isReady = async () => (await fetch(`${url}/readyz`).catch(() => undefined))?.ok === true;
  await until(isReady, Boolean);

  const client = await connect({ DOI_URL: url, DOI_TOKEN: TOKEN });
  const refresh = () => callTool(client, 'request_refresh', { slug: SLUG, wait_seconds: 30 });
  expect(await refresh()).toMatchObject({ done: true, tier: 'core', stale: false });
  const { next_tier: next, criteria } = await callTool(client, 'get_report', { slug: SLUG });
  expect(next).toEqual({ tier: 'standard', missing: ['C5', 'C6', 'C8', 'C9'] });
  for (const verdict of criteria as Criteria) await act(client, verdict);

  // The edits are judged on this machine before the server is asked.
  const checked = await callTool(client, 'check_checkout', {
    path,
    slug: SLUG,
    domain: 'shop',
    sbom: '2026-11-26',
  });
  expect(checked).toMatchObject({ tier_of_judged: 'standard' });
  expect(await refresh()).toMatchObject({ done: true, tier: 'standard', stale: false });
  const { changes } = await callTool(client, 'explain', { slug: SLUG });
  // The worker may have judged some of the edits before it was asked.
  const reached = expect.objectContaining({ tier_was: 'core', tier_now: 'standard' });
  expect(changes).toEqual(expect.arrayContaining([reached]));
}, 60_000);

it.each(ERAS)(
  'in the %s era, check_checkout needs no server, and all else says that there is none',
  async (era) => {
    await makeCheckout(path, { 'CLAUDE.md': '# How we work\n' });
    const nowhere = `http://127.0.0.1:${await findFreePort()}`;
    const client = await connect({ DOI_URL: nowhere }, era);
    const { criteria } = await callTool(client, 'check_checkout', { path });
    expect((criteria as Criteria).find(({ id }) => id === 'C6')).toMatchObject({ status: 'pass' });
    const skipped = (criteria as Criteria).find(({ id }) => id === 'C10');
    expect(skipped?.detail).toContain('give `goal_active`.');
    expect(JSON.stringify(criteria)).not.toMatch(/--[a-z]|the option/);
    expect(await callRefused(client, 'check_checkout', { path: 'relative' })).toContain('path');
    expect(await callRefused(client, 'check_checkout', { path: join(root, 'nowhere') })).toContain(
      'not_a_folder',
    );
    expect(await callRefused(client, 'fleet_status')).toContain('server_unreachable');
  },
);

it('ends with 0 when its client closes standard input', async () => {
  const { code, stderr } = await startProgram([BIN, 'mcp'], BARE).done;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
