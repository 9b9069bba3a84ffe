import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalPostgres } from '../../../src/local/postgres.js';
import { migrate } from '../../../src/platform/postgres/migrate.js';
import { closeSql, openSql } from '../../../src/platform/postgres/sql.js';
import { checkHubSchema } from '../../../src/registry/check-hub-schema.js';
import { registerRepositories } from '../../../src/registry/register.js';
import { readDatabaseTime } from '../../../src/store/hosts/heartbeat.js';
import { type FaultServer, startRedis } from '../../helpers/fault-servers.js';
import { writeHeartbeat } from '../../helpers/heartbeat.js';
import { postgresOfMachine } from '../../helpers/postgres-of-machine.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';
import { diagnose, doctor } from './examine.js';

let root: string;
beforeAll(async () => {
  root = await makeTempFolder('doctor');
});
afterAll(() => removeFolder(root));

/** A frozen server is given up after 3 to 5 s; asserted at five times that. */
const SOON_MS = 25_000;

describe('doi doctor, with everything in order', () => {
  let postgres: Awaited<ReturnType<typeof startLocalPostgres>>;
  let redis: FaultServer;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    // With the server's own settings: those of other tests are fast and unsafe.
    postgres = await startLocalPostgres({ dir: join(root, 'postgres'), binaries: postgresOfMachine() });
    redis = await startRedis({ persistent: true });
    env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, DOI_HOST: 'alpha', DOI_DATA: root };
    await migrate({ url: postgres.url, direction: 'up', verify: checkHubSchema });
    await mkdir(join(root, 'code/widget/.git'), { recursive: true });
    const sql = openSql({ url: postgres.url, purpose: 'test', connections: 1 });
    await registerRepositories(sql, { paths: [join(root, 'code/widget')], host: 'alpha' });
    const heartbeat = {
      host: 'alpha',
      version: '0.1.0',
      capacity: 1,
      isolation: 'namespaces' as const,
      passBeganAt: await readDatabaseTime(sql),
    };
    await writeHeartbeat(sql, heartbeat);
    await closeSql(sql);
  });
  afterAll(async () => {
    await redis.close();
    await postgres.stop();
  });

  it('finds every check ok, ends with 0, and shows addresses but no password', async () => {
    const { code, answer, lines, stdout } = await diagnose(env);
    // How this machine contains subprocesses is its own affair.
    const elsewhere = answer.checks.filter(({ group }) => group !== 'This host');
    expect(elsewhere.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(elsewhere.map(({ remedy }) => remedy).filter((remedy) => remedy !== null)).toEqual([]);
    expect(elsewhere.length).toBeGreaterThan(20);
    expect(code).toBe(0);
    expect(lines).toMatchObject({
      'PostgreSQL/server': {
        found: expect.stringMatching(
          /^PostgreSQL \d+\.\d\S*(?: \(.*\))? at \/\S+\/socket\/\.s\.PGSQL\.5432\/doi, as the user doi_app$/,
        ),
      },
      'PostgreSQL/durability': { found: 'fsync on, full_page_writes on, synchronous_commit on' },
      'PostgreSQL/clock': {
        found: expect.stringMatching(/^\d+ ms (?:ahead of|behind) this host's \(± \d+ ms/),
      },
      'Redis/persistence': { found: 'append-only file' },
      'Repositories/host name': { found: 'alpha: 1 repository of 1 to judge here' },
      'Workers/workers': { found: expect.stringContaining('alpha (0.1.0, ') },
      'Checker/good checkout': { found: expect.stringMatching(/^clean \(exit code 0, \d+ ms\)$/) },
      'Checker/bad checkout': {
        found: expect.stringMatching(/^it finds the faults: \d FAIL.*exit code 1, \d+ ms/),
      },
    });
    const secrets = [postgres.url, redis.url].map((url) => new URL(url).password);
    expect(secrets.every((secret) => secret.length > 10)).toBe(true);
    expect(secrets.filter((secret) => stdout.includes(secret))).toEqual([]);
  });

  it('shows the same for people, group by group, with the counts last', async () => {
    const { code, stdout } = await doctor([], env);
    expect(code).toBe(0);
    const groups = ['Installation', 'PostgreSQL', 'Redis', 'Repositories', 'Workers', 'This host', 'Checker'];
    expect(stdout.match(/^\w.*$/gm)?.slice(0, -1)).toEqual(groups);
    expect(stdout).toMatch(/\n\n\d+ ok, \d+ warnings?, 0 problems\n$/);
    expect(stdout).not.toContain('\u001b');
  });

  it('says within seconds that servers which accept connections but send nothing do not answer', async () => {
    postgres.kill('SIGSTOP');
    redis.freeze();
    try {
      const began = performance.now();
      const { code, lines } = await diagnose(env);
      expect(performance.now() - began).toBeLessThan(SOON_MS);
      expect(code).toBe(3);
      expect(lines).toMatchObject({
        'PostgreSQL/server': {
          state: 'problem',
          found: expect.stringContaining('does not answer at /'),
        },
        'PostgreSQL/not looked at': { state: 'warning' },
        'Redis/server': { state: 'problem', found: expect.stringContaining('no answer within 3000 ms') },
        'Checker/good checkout': { state: 'ok' },
      });
    } finally {
      redis.thaw();
      postgres.kill('SIGCONT');
    }
  }, 60_000);
});

describe('doi doctor, with something missing', () => {
  it('says of each unreachable server that it does not answer, and what to do, without a password', async () => {
    const env = {
      DATABASE_URL: 'postgres://me:s3cret@127.0.0.1:1/x',
      REDIS_URL: 'redis://:s3cret@127.0.0.1:1',
    };
    const { code, lines, answer, stdout } = await diagnose(env);
    expect(code).toBe(3);
    expect(answer.state).toBe('problem');
    expect(lines).toMatchObject({
      'PostgreSQL/server': {
        state: 'problem',
        found: 'PostgreSQL does not answer at 127.0.0.1:1/x (ECONNREFUSED).',
        remedy: expect.stringContaining('DATABASE_URL'),
      },
      'Redis/server': {
        state: 'problem',
        found: expect.stringMatching(/^Redis does not answer at 127\.0\.0\.1:1 \(connect ECONNREFUSED/),
        remedy: expect.stringContaining('REDIS_URL'),
      },
      'Checker/bad checkout': { state: 'ok' },
    });
    expect(stdout).not.toContain('s3cret');
  });

  it('when nothing is configured and no npm start runs, then says how to begin', async () => {
    const { code, lines } = await diagnose({ DOI_DATA: root });
    expect(code).toBe(3);
    expect(lines).toMatchObject({
      'PostgreSQL/server': { state: 'problem', remedy: expect.stringContaining('npm start') },
      'Redis/server': { state: 'problem', remedy: expect.stringContaining('npm start') },
    });
  });

  it('treats a missing REDIS_URL as a host without a worker, and says so', async () => {
    const { lines } = await diagnose({ DATABASE_URL: 'postgres://127.0.0.1:1/x', DOI_DATA: root });
    expect(lines['Redis/server']).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('no worker'),
    });
  });

  it('shows an unusable configuration as a check, and runs the checks that need none', async () => {
    const { code, lines } = await diagnose({ DOI_WATCH_SECONDS: 'often', HOST: '0.0.0.0' });
    expect(code).toBe(3);
    expect(lines).toMatchObject({
      'Installation/settings': {
        state: 'problem',
        found: expect.stringContaining('DOI_WATCH_SECONDS: must be'),
      },
      'This host/temporary folder': { state: 'ok' },
      'Not looked at/not looked at': { state: 'warning' },
    });
    const open = await diagnose({ HOST: '0.0.0.0' });
    expect(open.lines['Installation/settings']).toMatchObject({
      state: 'problem',
      remedy: expect.stringContaining('DOI_READ_TOKEN'),
    });
  });

  it('when it may not read where the servers of npm start are, then says so', async () => {
    const data = join(root, 'odd');
    await mkdir(join(data, 'services.json'), { recursive: true });
    const { code, lines } = await diagnose({ DOI_DATA: data });
    expect(code).toBe(3);
    expect(lines['Installation/settings']).toMatchObject({
      state: 'problem',
      found: expect.stringContaining('could not be read (EISDIR)'),
      remedy: expect.stringContaining('DATABASE_URL'),
    });
  });

  it('names a DOI_ variable that is no setting, and an update command whose program is missing', async () => {
    const { lines } = await diagnose({
      ...{ DOI_DATA: root, DOI_CHECKER_MAXAGE: '1' },
      DOI_UPDATE_COMMAND: '["no-such-program","{path}"]',
    });
    expect(lines).toMatchObject({
      'Installation/unknown settings': {
        state: 'warning',
        found: expect.stringContaining('DOI_CHECKER_MAXAGE'),
      },
      'Installation/update command': { state: 'problem', found: expect.stringContaining('no-such-program') },
    });
  });
});
