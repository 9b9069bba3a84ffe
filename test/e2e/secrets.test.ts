import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findFreePort } from '../../src/local/free-port.js';
import { closeSql, openSql, type Sql } from '../../src/platform/postgres/sql.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { WEBHOOK_PROVIDERS } from '../../src/platform/settings/webhook-secrets.js';
import { pathOfRoute, ROUTES } from '../helpers/documented-routes.js';
import { type FaultServer, startPostgres, startRedis } from '../helpers/fault-servers.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { proofOf, pushPayload } from '../integration/web/deliveries.js';
import { BARE, doi, makeCheckout, type Running, startProgram, until } from './programs.js';

/** The secrets that are planted, each under the place where it is. */
const SECRETS = {
  token: plant(),
  readToken: plant(),
  github: plant(),
  gitea: plant(),
  forgejo: plant(),
  gitlab: plant(),
  gitlabNext: plant(),
  databasePassword: '',
  redisPassword: '',
  // Needs quoting in a URL, so that it is there in two forms.
  remoteOfCheckout: `${plant()}/@ `,
  remoteOfRegistry: plant(),
  remoteUser: plant(),
  environment: plant(),
  environmentOfOurs: plant(),
};

let root: string;
let postgres: FaultServer;
let redis: FaultServer;
let env: NodeJS.ProcessEnv;
let web: string;
const running: Running[] = [];
/** Everything that came out, by where. */
const out: { readonly where: string; readonly text: string }[] = [];

beforeAll(async () => {
  root = await makeTempFolder('secrets');
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  SECRETS.databasePassword = decodeURIComponent(new URL(postgres.url).password);
  SECRETS.redisPassword = decodeURIComponent(new URL(redis.url).password);
  const port = await findFreePort();
  web = `http://127.0.0.1:${port}`;
  // A checker that says which secrets it was handed. Only the beginning of what it prints is kept.
  const checker = join(root, 'checker.sh');
  await writeFile(checker, '#!/bin/sh\necho "handed: $(env | grep planted-)"\nexit 1\n', { mode: 0o755 });
  env = {
    ...BARE,
    ...{ DATABASE_URL: postgres.url, REDIS_URL: redis.url, PORT: String(port), DOI_HOST: 'here' },
    ...{ DOI_TOKEN: SECRETS.token, DOI_READ_TOKEN: SECRETS.readToken, LOG_LEVEL: 'trace' },
    ...{ DOI_WATCH_SECONDS: '1', DOI_FRESHNESS: '0', HOME: root },
    DOI_WEBHOOK_SECRET_GITHUB: SECRETS.github,
    DOI_WEBHOOK_SECRET_GITEA: SECRETS.gitea,
    DOI_WEBHOOK_SECRET_FORGEJO: SECRETS.forgejo,
    DOI_WEBHOOK_SECRET_GITLAB: `${SECRETS.gitlab},${SECRETS.gitlabNext}`,
    DOI_CONSISTENCY_COMMAND: JSON.stringify(['/bin/sh', checker, '{slug}', '{path}']),
    DOI_CONSISTENCY_OUTPUT: 'exit-code',
    AWS_SECRET_ACCESS_KEY: SECRETS.environment,
    DOI_SECRET_OF_SOMEBODY: SECRETS.environmentOfOurs,
  };
});

afterAll(async () => {
  for (const each of running) each.signal('SIGKILL');
  await Promise.all([postgres.close(), redis.close()]);
  await removeFolder(root);
});

function plant(): string {
  return `planted-${randomBytes(18).toString('hex')}`;
}

/** A secret as it could be written: as it is, in a URL, in base64 at each of the three places that it can begin at. */
function formsOf(secret: string): string[] {
  const inside = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]).toString('base64');
    // Without what depends on what stands before and behind.
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  const url = inside.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const hex = Buffer.from(secret).toString('hex');
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      JSON.stringify(secret).slice(1, -1),
      hex,
      ...inside,
      ...url,
    ]),
  ];
}

function expectNoSecret(): void {
  const found = Object.entries(SECRETS).flatMap(([name, secret]) =>
    formsOf(secret).flatMap((form) =>
      out.flatMap(({ where, text }) => {
        const at = text.indexOf(form);
        return at === -1 ? [] : [`${name} in ${where}: ${text.slice(Math.max(0, at - 200), at)}…`];
      }),
    ),
  );
  expect(found).toEqual([]);
}

type Asking = RequestInit & { readonly headers?: Record<string, string> };

/** Sends an HTTP request, and keeps the answer. */
async function ask(path: string, init: Asking = {}): Promise<number> {
  const response = await fetch(`${web}${path}`, { redirect: 'manual', ...init });
  const headers = JSON.stringify([...response.headers]);
  out.push({ where: `${init.method ?? 'GET'} ${path}`, text: `${headers}\n${await response.text()}` });
  return response.status;
}

const bearing = (token: string) => ({ authorization: `Bearer ${token}` });

/** Every route: with its token, without a token, with the wrong one, and in forms that are refused. */
async function requestEverything(): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (const it of ROUTES) {
    const right = bearing(it.method === 'POST' ? SECRETS.token : SECRETS.readToken);
    const slugs = it.route.includes(':slug') ? ['thing', 'nothing', '..%2f', 'a'.repeat(200)] : [''];
    for (const slug of slugs) {
      for (const headers of [
        right,
        {},
        bearing(`${SECRETS.token}x`),
        { ...right, origin: 'https://evil.example' },
      ]) {
        for (const query of ['', '?unknown=1', '?force_refresh=true&wait=1'])
          statuses.add(await ask(`${pathOfRoute(it, slug)}${query}`, { method: it.method, headers }));
      }
    }
  }
  // The secret itself where none belongs: what is refused is not repeated.
  for (const headers of [
    { authorization: SECRETS.readToken },
    { cookie: SECRETS.readToken },
    bearing(SECRETS.token),
  ])
    statuses.add(await ask('/repos/thing/doi', { headers }));
  for (const provider of WEBHOOK_PROVIDERS) statuses.add(await push(provider, `${SECRETS[provider]}x`));
  return statuses;
}

function push(provider: (typeof WEBHOOK_PROVIDERS)[number], secret: string): Promise<number> {
  const body = JSON.stringify(pushPayload());
  const event = provider === 'gitlab' ? 'Push Hook' : 'push';
  const kind = {
    github: 'x-github-event',
    gitea: 'x-gitea-event',
    forgejo: 'x-forgejo-event',
    gitlab: 'x-gitlab-event',
  };
  const proof = Object.fromEntries(proofOf(provider, body, secret));
  const headers = { 'content-type': 'application/json', [kind[provider]]: event, ...proof };
  return ask(`/webhooks/${provider}`, { method: 'POST', headers, body });
}

const COMMANDS = [
  ...[
    ['show', 'thing'],
    ['why', 'thing'],
    ['summary'],
    ['doctor'],
    ['sweep'],
    ['refresh', 'thing'],
    ['migrate'],
  ],
  ...[
    ['record', 'sbom', 'thing'],
    ['record', 'goal', 'thing'],
    ['move', 'thing', '.'],
    ['archive', 'nothing'],
  ],
];

/** Commands, as JSON and for people. */
async function runCommands(commands: readonly (readonly string[])[]): Promise<void> {
  for (const argv of commands) {
    const places = argv.map((it) => (it === '.' ? join(root, 'thing') : it));
    const run = async (...form: string[]) => {
      const { stdout, stderr } = await doi([...places, ...form], env);
      out.push({ where: `doi ${[...argv, ...form].join(' ')}`, text: `${stdout}\n${stderr}` });
    };
    await Promise.all([run('--json'), run()]);
  }
}

/** All rows of our tables. The registry's own have what was planted there. */
async function readTables(sql: Sql): Promise<void> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables where table_schema = 'public' and table_name like 'doi\\_%'`;
  expect(tables.length).toBeGreaterThan(7);
  for (const { name } of tables) {
    const rows = await sql<{ row: string }[]>`select row_to_json(t)::text as row from ${sql(name)} t`;
    out.push({ where: `table ${name}`, text: rows.map(({ row }) => row).join('\n') });
  }
}

async function readRedis(url: string): Promise<void> {
  const client = new Redis(url);
  const keys = await client.keys('*');
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) {
    const read: Record<string, () => Promise<unknown>> = {
      string: () => client.get(key),
      hash: () => client.hgetall(key),
      list: () => client.lrange(key, 0, -1),
      set: () => client.smembers(key),
      zset: () => client.zrange(key, '0', '-1', 'WITHSCORES'),
      stream: () => client.xrange(key, '-', '+'),
    };
    const value = await read[await client.type(key)]?.();
    out.push({ where: `Redis ${key}`, text: `${key} ${JSON.stringify(value)}` });
  }
  await client.quit();
}

function start(what: 'web' | 'worker', more: NodeJS.ProcessEnv = {}): Running {
  const program = startProgram([join(packageRoot, 'bin/doi'), what], { ...env, ...more });
  running.push(program);
  return program;
}

/** Waits for the end of a program, and keeps all that it wrote. */
async function end(program: Running, where: string): Promise<void> {
  const { stdout, stderr } = await program.done;
  running.splice(running.indexOf(program), 1);
  out.push({ where, text: `${stdout}\n${stderr}` });
}

async function plantRemotes(sql: Sql): Promise<void> {
  const secret = encodeURIComponent(SECRETS.remoteOfCheckout);
  await makeCheckout(join(root, 'thing'), {
    '.git/config': `[remote "origin"]\n\turl = https://${SECRETS.remoteUser}:${secret}@git.example/acme/thing.git\n`,
  });
  await mkdir(join(root, 'thing/workplans'), { recursive: true });
  const { stdout, stderr } = await doi(['register', join(root, 'thing'), '--json'], env);
  out.push({ where: 'doi register', text: stdout + stderr });
  const [row] = await sql<{ remote_url: string }[]>`select remote_url from managed_repos`;
  out.push({ where: 'the remote as it was registered', text: row?.remote_url ?? '' });
  expect(row?.remote_url).toContain('git.example/acme/thing');
  const remote = `https://${SECRETS.remoteUser}:${SECRETS.remoteOfRegistry}@git.example/acme/thing.git`;
  await sql`update managed_repos set remote_url = ${remote}`;
}

async function isJudged(): Promise<boolean> {
  const response = await fetch(`${web}/repos/thing/doi`, { headers: bearing(SECRETS.readToken) }).catch(
    () => undefined,
  );
  return (
    response?.ok === true && ((await response.json()) as { checked_at: string | null }).checked_at !== null
  );
}

it('no answer, log line, row, Redis key or command output holds a planted secret, in any encoding', async () => {
  const sql = openSql({ url: postgres.url, purpose: 'test', connections: 1 });
  await plantRemotes(sql);
  const [webProcess, worker] = [start('web'), start('worker')];
  await until(isJudged, Boolean, 180_000);
  for (const provider of WEBHOOK_PROVIDERS)
    expect(await push(provider, SECRETS[provider]), provider).toBeLessThan(300);
  const statuses = await requestEverything();
  for (const status of [200, 400, 401, 403, 404]) expect([...statuses]).toContain(status);
  await runCommands([...COMMANDS, ['check', join(root, 'thing')]]);
  await readTables(sql);
  await readRedis(redis.url);
  await closeSql(sql);

  // What the checker says is shown, so that it would have been seen.
  expect(out.some(({ where, text }) => where === 'GET /repos/thing/doi' && text.includes('handed:'))).toBe(
    true,
  );

  await redis.kill();
  for (const provider of WEBHOOK_PROVIDERS) await push(provider, SECRETS[provider]);
  await requestEverything();
  await postgres.kill();
  expect(await requestEverything()).toContain(503);
  await runCommands([['show', 'thing'], ['doctor']]);
  // The message about a wrong setting does not show the setting.
  for (const what of ['web', 'worker'] as const)
    await end(start(what, { PORT: '0', DOI_READ_TOKEN: 'short' }), `${what} with a bad setting`);
  for (const each of [worker, webProcess]) each.signal('SIGTERM');
  await end(worker, 'worker');
  await end(webProcess, 'web');
  expect(out.find(({ where }) => where === 'worker')?.text).toContain('"process":"worker"');
  expect(out.length).toBeGreaterThan(300);
  expectNoSecret();
}, 480_000);
