import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { readSweep } from '../../src/store/sweeps.js';
import { compiledUrl, runModule } from '../helpers/compiled.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { openTestRedis, type TestRedis } from '../helpers/test-redis.js';
import { scope } from '../integration/criteria/texts.js';
import { BARE, doi, type Ended, makeCheckout, type Running, startProgram, until } from './programs.js';

let root: string;
beforeEach(async () => {
  root = await makeTempFolder('commands');
});
afterEach(() => removeFolder(root));

describe('doi check, with nothing in the environment but PATH', () => {
  it('judges a checkout, and ends with 1 below the tier that was required', async () => {
    const path = join(root, 'widget');
    await makeCheckout(path, { 'CLAUDE.md': 'Small steps: kaizen.\n' });
    const judged = await doi(['check', path], BARE);
    expect(judged).toMatchObject({ code: 0, stderr: '' });
    expect(judged.stdout).toMatch(/^✖ C5 .*\n +→ .*\n✔ C6 /m);
    const below = await doi(['check', path, '--require', 'standard', '--json'], BARE);
    expect(below.code).toBe(1);
    expect(JSON.parse(below.stdout)).toMatchObject({ required: { tier: 'standard', met: false } });
  });

  it('ends with 4 where a criterion of the required tier was not judged, unless that is allowed or its option given', async () => {
    const path = join(root, 'widget');
    await makeCheckout(path);
    const check = (...options: string[]) => doi(['check', path, '--require', 'core', ...options], BARE);
    const [unknown, allowed, known] = await Promise.all([
      check(),
      check('--allow-unknown'),
      check('--slug', 'widget', '--domain', 'shop'),
    ]);
    expect(unknown).toMatchObject({ code: 4, stderr: '' });
    expect(unknown.stdout).toMatch(/not known: C1 \(--slug SLUG\), C2 \(--domain SLUG\) not judged\./);
    expect(allowed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/--allow-unknown accepts .*\n$/),
    });
    expect(known).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Core is reached, as required\.\n$/),
    });
  });

  it('writes several formats of one check, with the findings of the checker at their lines', async () => {
    const path = join(root, 'widget');
    await makeCheckout(path, { 'workplans/WIDGET-WP-0001-a.md': '---\nid: WIDGET-WP-0001\n---\n' });
    const [sarif, junit] = [join(root, 'doi.sarif'), join(root, 'doi.xml')];
    const outputs = ['--output', `sarif=${sarif}`, '--output', `junit=${junit}`];
    const { code, stdout } = await doi(['check', path, '--format', 'github', ...outputs], BARE);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^::error file=workplans\/WIDGET-WP-0001-a\.md,line=\d+,title=C-\d+ of the checker::/m,
    );
    const { results } = JSON.parse(await readFile(sarif, 'utf8')).runs[0];
    const rules = results.map(({ ruleId }: { ruleId: string }) => ruleId);
    expect(rules).toEqual(expect.arrayContaining(['C5', 'C7', 'C13', expect.stringMatching(/^checker\/C-/)]));
    expect(await readFile(junit, 'utf8')).toContain('<failure message="There is no SCOPE.md at the root.">');
  });

  it('ends with 2 for wrong usage and with 3 when there is nothing to judge', async () => {
    expect(await doi(['check', '--nonsense'], BARE)).toMatchObject({ code: 2, stdout: '' });
    expect(await doi(['check', join(root, 'nowhere')], BARE)).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('a command whose output cannot be written', () => {
  const run = (line: string) => startProgram(['sh', '-c', line], BARE).done;

  it.runIf(existsSync('/dev/full'))('says so and ends with 3, for the disk is full', async () => {
    expect(await run('node bin/doi --help >/dev/full')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^doi: Standard output could not be written \(ENOSPC\)\.\n {2}\S.*\n$/),
    });
    expect((await run('node bin/doi --nonsense 2>/dev/full')).code).toBe(3);
  });

  it('writes nothing when its reader closes the pipe', async () => {
    expect(await run('{ node bin/doi --help; echo "ended with $?" >&2; } | true')).toMatchObject({
      code: 0,
      stderr: 'ended with 0\n',
    });
  });

  it('when its reader closes the pipe, then it ends with its own code all the same', async () => {
    const file = join(root, 'baseline.json');
    await writeFile(file, '{"version": 1, "criteria": {"C2": "pass"}, "findings": []}');
    const lines = [
      [`node bin/doi check . --domain shop:archived --baseline ${file} --json`, 1],
      ['node bin/doi check . --require full', 1],
      ['DOI_URL=http://127.0.0.1:1 node bin/doi gate widget --require core', 4],
    ] as const;
    for (const [line, code] of lines) {
      const { stderr } = await run(`{ ${line}; echo "ended with $?" >&2; } | true`);
      expect(stderr, line).toMatch(new RegExp(`ended with ${code}\n$`));
    }
  });
});

it('an uncaught error ends a command with 3, not with the exit code of a low tier', async () => {
  const { done } = runModule(`
    const { endOnUncaught } = await import(${JSON.stringify(compiledUrl('cli/last-resort.js'))});
    endOnUncaught({ stdout: process.stdout, stderr: process.stderr, env: {} });
    setImmediate(() => { throw new TypeError('nobody caught it'); });`);
  expect(await done).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^doi: internal: TypeError: nobody caught it\n {2}This is a bug in .*\n$/),
  });
});

describe('doi, where no service is configured and none runs', () => {
  it('each command that needs one ends with 3, names the setting and how to begin', async () => {
    const lines = [
      ...['show widget', 'summary', 'why widget', 'refresh widget', 'sweep'],
      ...['register .', 'migrate', 'web', 'worker'],
    ];
    const expectRefusal = async (line: string) => {
      const { code, stdout, stderr } = await doi(line.split(' '), { ...BARE, DOI_DATA: root });
      expect({ code, stdout }, line).toEqual({ code: 3, stdout: '' });
      expect(stderr, line).toMatch(/^doi: (?:DATABASE|REDIS)_URL is not set\.\n {2}Set it .*npm start/);
    };
    await Promise.all(lines.map(expectRefusal));
  });
});

describe('doi migrate', () => {
  it('applies everything once when eight begin at once on an empty database, and all succeed', async () => {
    const database = await openTestDatabase({ empty: true });
    try {
      const env = { ...BARE, DATABASE_URL: database.url };
      const ends = await Promise.all(Array.from({ length: 8 }, () => doi(['migrate'], env)));
      expect(ends.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
        ends.map(() => ({ code: 0, stderr: '' })),
      );
      const [worked, ...idle] = ends.map(({ stdout }) => stdout).sort();
      expect(worked).toMatch(/^(?:Applied \d{4}-[a-z-]+\.mjs\.\n)+$/);
      expect(idle).toEqual(Array(7).fill('There was nothing to do.\n'));
    } finally {
      await database.close();
    }
  }, 180_000);
});

describe('doi, with services and a worker', () => {
  let database: TestDatabase;
  let redis: TestRedis;
  let worker: Running;
  let env: NodeJS.ProcessEnv;
  beforeEach(async () => {
    database = await openTestDatabase();
    redis = await openTestRedis();
    env = { ...BARE, DATABASE_URL: database.url, REDIS_URL: redis.url, DOI_HOST: 'here' };
    // It makes one pass at its start and no other: what it judges after that, a command requested.
    const settings = { ...env, DOI_WATCH_SECONDS: '3600' };
    worker = startProgram([join(packageRoot, 'bin/doi'), 'worker'], settings);
    const { sql } = database;
    await until(
      () => sql`select from doi_host`,
      ({ length }) => length === 1,
    );
  });
  afterEach(async () => {
    worker.signal('SIGTERM');
    const { code } = await worker.done;
    await redis.close();
    await database.close();
    expect(code).toBe(0);
  });

  it('reaches full without a State Hub, by files and by what is recorded', async () => {
    const path = join(root, 'widget');
    await makeCheckout(path);
    await done('register', path, '--domain', 'shop');
    expect((await json('refresh', 'widget'))['tier']).toBe('core');
    await writeFile(join(path, 'SCOPE.md'), scope());
    await writeFile(join(path, 'CLAUDE.md'), 'We improve in small steps, the kaizen way.\n');
    await writeFile(join(path, 'tpsc.yaml'), 'services: []\n');
    await mkdir(join(path, 'workplans'));
    await done('record', 'sbom', 'widget');
    await done('record', 'tpsc', 'widget');
    expect(await json('refresh', 'widget', '--if-stale')).toMatchObject({
      tier: 'standard',
      next_tier: {
        tier: 'full',
        missing: [{ id: 'C10', remedy: expect.stringContaining('doi record goal') }],
      },
    });
    await done('record', 'goal', 'widget', '--title', 'Ship 2.0');
    const report = await json('refresh', 'widget', '--if-stale');
    expect(report).toMatchObject({ tier: 'full', full_pass: true, stale: false, next_tier: null });
    expect((report['evaluation'] as { ran: string[] }).ran).toEqual(['C10']);
    await done('record', 'domain', 'shop', '--status', 'archived');
    expect(await json('refresh', 'widget', '--if-stale')).toMatchObject({ tier: 'none' });
  }, 180_000);

  it('sweeps, and then shows, lists and explains the same that --json gives', async () => {
    for (const name of ['widget', 'gadget']) await makeCheckout(join(root, name));
    expect(await json('register', root, '--discover')).toMatchObject({
      repositories: [{ repo_slug: 'gadget', outcome: 'registered' }, { repo_slug: 'widget' }],
    });
    const never = (await done('show', 'gadget')).stdout;
    expect(never).toMatch(/^gadget {2}tier: none\nJudged: not yet\n/);
    const swept = await json('sweep');
    expect(swept).toMatchObject({ state: 'finished', total: 2, done: 2, counts: { asked: 2, failed: 0 } });
    expect(await readSweep(database.sql)).toEqual(swept);
    expect(await json('sweep')).toMatchObject({ total: 2, counts: { fresh: 2, asked: 0 } });
    expect((await done('sweep', '--force')).stdout).toMatch(/^Probed 2: 0 fresh, 2 requested, 0 .*forced/s);

    expect((await done('show', 'widget')).stdout).toMatch(
      /^widget {2}tier: core\nJudged: .* fresh \(all inputs/,
    );
    const shown = await json('show', 'widget');
    expect(await json('why', 'widget')).toEqual(shown);
    expect(shown).toMatchObject({ repo_slug: 'widget', tier: 'core', stale: false });
    expect(await json('summary', '--tier', 'core')).toMatchObject([{ tier: 'core' }, { tier: 'core' }]);
    expect(await json('summary', '--stale')).toEqual([]);
    expect((await done('summary')).stdout).toContain('2 repositories: 2 core; 0 stale\n');

    await writeFile(join(root, 'widget/CLAUDE.md'), 'New.\n');
    expect((await done('why', 'widget')).stdout).toMatch(
      /stale .*\n {2}CLAUDE\.md was added\. \(input_changed\)/,
    );
  }, 180_000);

  it('when two sweeps begin at once, they do the work of one, and both report it', async () => {
    await makeCheckout(join(root, 'widget'));
    await done('register', join(root, 'widget'));
    // Held still, the worker cannot end the first before the second has joined it.
    worker.signal('SIGSTOP');
    const sweeps = [doi(['sweep', '--json'], env), doi(['sweep', '--json'], env)];
    const joined = () => database.sql`
      select from pg_stat_activity
      where datname = current_database() and application_name = 'doi-worker producer' and query like '%doi_sweep where id%'`;
    await until(joined, ({ length }) => length > 0);
    worker.signal('SIGCONT');
    const ends = await Promise.all(sweeps);
    expect(ends.map(({ code }) => code)).toEqual([0, 0]);
    const reports = ends.map(({ stdout }) => JSON.parse(stdout));
    expect(reports[0]).toEqual(reports[1]);
    expect(reports[0]).toMatchObject({ state: 'finished', total: 1, done: 1, counts: { asked: 1 } });
    const said = ends.map(({ stderr }) => stderr).sort();
    expect(said).toEqual([
      '',
      expect.stringMatching(/^A sweep is under way already \(command line, on here, started .*\n$/),
    ]);
    expect(await database.sql`select from doi_sweep`).toHaveLength(1);
  }, 180_000);

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'when a sweep gets %s, it stops following, and the next may begin at once',
    async (signal) => {
      await makeCheckout(join(root, 'widget'));
      await done('register', join(root, 'widget'));
      worker.signal('SIGSTOP');
      const sweep = startProgram([join(packageRoot, 'bin/doi'), 'sweep'], env);
      const asked = () => database.sql`select from doi_sweep where (counts ->> 'asked')::integer = 1`;
      await until(asked, ({ length }) => length > 0);
      sweep.signal(signal);
      expect(await sweep.done).toMatchObject({
        code: 3,
        stdout: expect.stringContaining('1 still to be judged'),
        stderr: 'Not followed to its end: the workers still judge what was requested.\n',
      });
      expect(await readSweep(database.sql)).toMatchObject({ state: 'lost', total: 1, done: 0 });
      worker.signal('SIGCONT');
      await done('sweep');
      expect((await json('show', 'widget'))['stale']).toBe(false);
    },
    180_000,
  );

  it('moves, archives and unregisters a repository, and suggests the slug that was probably meant', async () => {
    const [path, other] = [join(root, 'widget'), join(root, 'elsewhere')];
    await makeCheckout(path);
    await makeCheckout(other);
    await done('register', path);
    expect((await done('register', path)).stdout).toContain('is already registered as widget.');
    expect(await json('move', 'widget', other)).toEqual({ repo_slug: 'widget', host: 'here', path: other });
    const refuse = async (command: string) =>
      expect(await doi([command, 'wigdet'], env), command).toMatchObject({
        code: 3,
        stdout: '',
        stderr: 'doi: No repository is registered as "wigdet".\n  Did you mean widget?\n',
      });
    await Promise.all(['show', 'why', 'refresh', 'archive', 'unregister'].map(refuse));
    expect((await done('summary', '--domain', 'other')).stdout).toMatch(
      /^No active repository is one of these/,
    );
    expect(await json('archive', 'widget')).toEqual({ repositories: ['widget'], status: 'archived' });
    expect(await json('summary')).toEqual([]);
    expect((await done('archive', 'widget', '--undo')).stdout).toBe('widget is active now.\n');
    expect(await json('unregister', 'widget')).toEqual({ unregistered: ['widget'], mirrors: [] });
    expect((await done('host', 'list')).stdout).toMatch(
      /^here {2}last heartbeat .*; \d+\.\d+\.\d+, on .*; 0 repositories\n$/,
    );
    expect(await json('host', 'list')).toMatchObject([{ host: 'here', silent: false, repositories: 0 }]);
    expect(await doi(['host', 'forget', 'here'], env)).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^doi: The host here is alive: its last heartbeat was at /),
    });
    expect(await json('host', 'forget', 'here', '--force')).toEqual({
      host: 'here',
      repositories: 0,
      mirrors: 0,
      moved_to: null,
    });
    expect((await doi(['host', 'forget', 'there'], env)).stderr).toMatch(/^doi: No host "there" is known\./);
    expect((await done('summary')).stdout).toMatch(/^Nothing is registered: /);
    expect((await doi(['register', path, '--slug', 'no good'], env)).code).toBe(2);
  }, 180_000);

  async function done(...argv: string[]): Promise<Ended> {
    const ended = await doi(argv, env);
    expect(ended, argv.join(' ')).toMatchObject({ code: 0, stderr: '' });
    return ended;
  }

  async function json(...argv: string[]): Promise<Record<string, unknown>> {
    return JSON.parse((await done(...argv, '--json')).stdout) as Record<string, unknown>;
  }
});
