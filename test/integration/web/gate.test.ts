/** `doi gate` and `doi check --against`, as clients of a web process. */
import { execFileSync } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/program.js';
import { awaitGate } from '../../../src/client/await-gate.js';
import { type ApiClient, openClient } from '../../../src/client/open-client.js';
import { inputsOf } from '../../../src/criteria/inputs-of.js';
import { systemClock } from '../../../src/platform/clock.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { FakeForge } from '../../helpers/fake-forge.js';
import { openWorld, type World } from '../../helpers/world.js';
import { startWeb } from './web.js';

const READ_TOKEN = 'token-for-reading-0123';
const scope = new Scope();
let world: World;
let url: string;
let other: FakeForge;
let head: string;

beforeAll(async () => {
  world = scope.add('world', await openWorld('gate'), (it) => it.close());
  other = scope.add('other', await FakeForge.start(), (it) => it.close());
  await world.add('thing', { 'CLAUDE.md': 'Works.\n', 'workplans/README.md': 'Plans.\n' });
  head = commitAll(world.path('thing'));
  // Its remote is read when it is registered.
  await world.add('thing');
  await world.add('new');
  const env = { DOI_READ_TOKEN: READ_TOKEN, DOI_FRESHNESS: '0' };
  url = await startWeb(scope, { databaseUrl: world.url, env });
});
beforeEach(async () => {
  other.answers = {};
  await world.evaluate('thing');
});
afterAll(() => scope.close());

function commitAll(path: string): string {
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', path, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
      encoding: 'utf8',
    });
  git('init', '--quiet');
  git('remote', 'add', 'origin', 'git@h.example:acme/thing.git');
  git('add', '.');
  git('commit', '--quiet', '-m', 'x');
  return git('rev-parse', 'HEAD').trim();
}

async function doi(argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const text = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({ write: (part: string) => (text[name] += part) });
  const given = { PATH: process.env['PATH'], DOI_HOST: 'here', DOI_URL: url, DOI_READ_TOKEN: READ_TOKEN };
  const io = { stdout: output('stdout'), stderr: output('stderr'), env: { ...given, ...env } };
  return { code: await run(argv, io), ...text };
}
const gate = (argv: readonly string[], env?: NodeJS.ProcessEnv) => doi(['gate', ...argv], env);
const against = (argv: readonly string[], env?: NodeJS.ProcessEnv) =>
  doi(['check', world.path('thing'), '--slug', 'thing', ...argv], env);

/** Edits a file that the last verdict rests on, without an evaluation. */
const edit = () => world.write('thing', 'SCOPE.md', `## In Scope\n\n${Math.random()}\n`);

describe('doi gate', () => {
  it('when the tier is reached, then it ends with 0, and says by which verdict', async () => {
    const { code, stdout } = await gate(['thing', '--require', 'core']);
    expect(stdout).toMatch(
      new RegExp(
        `^thing: core is reached, as required \\(judged \\S+ at ${head.slice(0, 12)}, fresh\\)\\.\\n$`,
      ),
    );
    expect(code).toBe(0);
  });

  it('when it is not, then it ends with 1, and names what is missing with its remedy', async () => {
    const { code, stdout } = await gate(['thing', '--require', 'full']);
    expect(stdout).toMatch(/^thing: below full, which is required \(judged /);
    expect(stdout).toMatch(/^✖ C8 .*\n +→ \S/m);
    expect(code).toBe(1);
  });

  it('when it was never evaluated, or no such repository is there, then it ends with 4', async () => {
    const fresh = await gate(['new', '--require', 'core']);
    expect(fresh).toMatchObject({ code: 4, stdout: expect.stringContaining('new was never evaluated.') });
    const unknown = await gate(['thin', '--require', 'core', '--json']);
    expect(unknown.code).toBe(4);
    expect(JSON.parse(unknown.stdout)).toMatchObject({
      ...{ repo_slug: 'thin', outcome: 'unknown', exit_code: 4, tier: null },
      reasons: [{ code: 'unknown_repository', remedy: expect.stringContaining('thing') }],
    });
  });

  it('when what is not known is allowed, then it ends with 0 and says so; what is not met still ends with 1', async () => {
    const unknown = await gate(['new', '--require', 'core', '--allow-unknown']);
    expect(unknown).toMatchObject({ code: 0, stdout: expect.stringContaining('--allow-unknown accepts') });
    expect((await gate(['thing', '--require', 'full', '--allow-unknown'])).code).toBe(1);
  });

  it('when the verdict is stale, then it ends with 4, unless it is as young as allowed', async () => {
    await edit();
    const stale = await gate(['thing', '--require', 'core']);
    expect(stale).toMatchObject({ code: 4, stdout: expect.stringMatching(/SCOPE\.md (?:was|is) /) });
    const young = await gate(['thing', '--require', 'core', '--max-age', '8h']);
    expect(young).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('accepted by --max-age: SCOPE.md'),
    });
    const notMet = await gate(['thing', '--require', 'full', '--max-age', '8h']);
    expect(notMet.code).toBe(1);
    // Any other program's change makes the row another program's, whose age proves nothing.
    await world.sql`update doi_cache set checked_at = checked_at - interval '9 hours'`;
    const foreign = await gate(['thing', '--require', 'core', '--max-age', '8h']);
    expect(foreign).toMatchObject({ code: 4, stdout: expect.stringContaining('written by another program') });
  });

  it('when a commit is given, then only a verdict of that commit is known', async () => {
    const at = (commit: string, ...more: string[]) =>
      gate(['thing', '--require', 'core', '--at-commit', commit, ...more]);
    expect((await at(head)).code).toBe(0);
    expect((await at(head.slice(0, 7).toUpperCase())).code).toBe(0);
    const wrong = await at('f'.repeat(40));
    expect(wrong).toMatchObject({ code: 4, stdout: expect.stringContaining(`at ${head}, not at ffff`) });
    await edit();
    expect((await at(head, '--max-age', '8h')).code).toBe(4);
  });

  it('when a wait is given, then it ends as soon as a worker has judged', async () => {
    await edit();
    const client = openClient({ url, readToken: READ_TOKEN, token: undefined, environment: {} });
    const statuses: number[] = [];
    const counting: ApiClient = {
      async request(request) {
        const answer = await client.request(request);
        statuses.push(answer.status);
        return answer;
      },
    };
    let pauses = 0;
    // The worker is done during the second pause.
    const clock = {
      now: systemClock.now,
      async sleep() {
        pauses += 1;
        if (pauses === 2) await world.evaluate('thing');
      },
    };
    const result = await awaitGate(
      { slug: 'thing', require: 'core', waitMs: 60_000, inputsOf },
      { client: counting, clock },
    );
    expect(result.decision.outcome).toBe('met');
    expect(statuses).toEqual([200, 304, 200]);
  });

  it('when the wait ends before that, then it ends with 4', async () => {
    await edit();
    const { code, stdout } = await gate(['thing', '--require', 'core', '--wait', '1', '--json']);
    expect({ code, waited: JSON.parse(stdout).waited_seconds >= 1 }).toEqual({ code: 4, waited: true });
  });

  it('when nothing answers there, then it ends with 4', async () => {
    const { code, stdout } = await gate(['thing', '--require', 'core'], { DOI_URL: 'http://127.0.0.1:1' });
    expect({ code, stdout }).toMatchObject({ code: 4, stdout: expect.stringContaining('cannot be reached') });
    const waited = await gate(['thing', '--require', 'core', '--wait', '1'], {
      DOI_URL: 'http://127.0.0.1:1',
    });
    expect(waited).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/ Asking again for up to 1 s\.\n$/),
    });
  });

  it('when a cache kept the answer for longer than it holds, then it ends with 4, and --against too', async () => {
    const read = await fetch(`${url}/repos/thing/doi`, {
      headers: { authorization: `Bearer ${READ_TOKEN}` },
    });
    const { 'cache-status': cacheStatus = '' } = Object.fromEntries(read.headers);
    const body = await read.json();
    const ends = async (headers: Record<string, string>, ...more: string[]) => {
      other.answers['/repos/thing/doi'] = { body, headers: { 'cache-status': cacheStatus, ...headers } };
      return (await gate(['thing', '--require', 'core', ...more], { DOI_URL: other.url })).code;
    };
    const now = new Date().toISOString();
    const yesterday = new Date(Date.now() - 86_400_000);
    const verified = { 'doi-verified-at': yesterday.toISOString() };
    expect(await ends({ 'doi-verified-at': now })).toBe(0);
    expect(await ends(verified)).toBe(4);
    expect(await ends({ ...verified, age: '86400', date: yesterday.toUTCString() })).toBe(4);
    expect(await ends({ ...verified, age: '86400' }, '--max-age', '7d')).toBe(4);
    const { code, stdout } = await against(['--against', other.url]);
    expect({ code, stdout }).toMatchObject({ code: 4, stdout: expect.stringContaining('A cache kept') });
  });

  it('when the server hangs, then it is not known once the limit of time is over', async () => {
    other.answers['/repos/thing/doi'] = { hangs: true };
    const client = openClient({ url: other.url, readToken: undefined, token: undefined, environment: {} });
    const hasty: ApiClient = { request: (request) => client.request({ ...request, timeoutMs: 100 }) };
    const result = await awaitGate(
      { slug: 'thing', require: 'core', waitMs: 0, inputsOf },
      { client: hasty, clock: systemClock },
    );
    expect(result.decision).toMatchObject({ outcome: 'unknown', reasons: [{ code: 'server_unreachable' }] });
  });

  it.each([
    ['the token is missing', { DOI_READ_TOKEN: '' }, /DOI_READ_TOKEN/],
    ['the address is none', { DOI_URL: 'doi.example.org' }, /DOI_URL: must be/],
  ])('when %s, then it ends with 3 and says why', async (_, env, said) => {
    const { code, stdout, stderr } = await gate(['thing', '--require', 'core', '--allow-unknown'], env);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(said);
    expect(stderr).not.toContain(READ_TOKEN);
  });

  it.each([
    ['a page', { body: '<html>' }],
    ['other JSON', { body: { tier: 'full' } }],
    ['a redirect', { status: 302, headers: { location: '/elsewhere' } }],
    ['a 404 of its own', { status: 404, body: { message: 'Not Found' } }],
  ])('when something else answers there with %s, then it ends with 3', async (_, answer) => {
    other.answers['/repos/thing/doi'] = answer;
    const argv = ['thing', '--require', 'core', '--allow-unknown'];
    const { code, stderr } = await gate(argv, { DOI_URL: other.url });
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringMatching(/^doi: The server answers/) });
  });

  it.each([
    [['thing']],
    [['thing', '--require', 'none']],
    [['thing', '--require', 'core', '--max-age', '8']],
    [['thing', '--require', 'core', '--max-age', '0h']],
    [['thing', '--require', 'core', '--at-commit', 'abc']],
    [['thing', '--require', 'core', '--wait', '3601']],
    [['../doi', '--require', 'core']],
  ])('when it is used as %j, then it ends with 2', async (argv) => {
    expect(await gate(argv)).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('doi check --against', () => {
  it('when the verdicts are the same, then it ends with 0, and shows what only the server knows', async () => {
    const { code, stdout } = await against(['--against', url]);
    expect(stdout).toContain(`The same as the verdict of thing at ${url}, in all that was judged here.`);
    expect(stdout).toMatch(/^– C8 .*not judged here; give --sbom DATE; there fail: /m);
    expect(code).toBe(0);
  });

  it('when another checkout differs, then it ends with 1, and names criterion, file and commits', async () => {
    const path = join(world.folder, 'elsewhere', 'thing');
    await cp(world.path('thing'), path, { recursive: true });
    await rm(join(path, 'CLAUDE.md'));
    const { code, stdout } = await doi(['check', path, '--against', url]);
    expect(stdout).toMatch(
      new RegExp(
        `^≠ C6 .* here fail, there pass\\n {4}here: .*\\n {4}there: .*\\n {4}It reads CLAUDE\\.md, .*both checkouts are at ${head.slice(0, 12)}`,
        'm',
      ),
    );
    expect(code).toBe(1);
    const json = await doi(['check', path, '--against', url, '--json']);
    expect(JSON.parse(json.stdout).against).toMatchObject({
      ...{ server: url, repo_slug: 'thing', outcome: 'different', head },
      differences: [{ id: 'C6', there: 'pass' }],
    });
  });

  it('when the verdict of the server is stale or missing, then it ends with 4', async () => {
    await edit();
    const stale = await against(['--against', url]);
    expect(stale).toMatchObject({ code: 4, stdout: expect.stringContaining('is not known:') });
    expect((await against(['--against', url, '--allow-unknown'])).code).toBe(0);
    expect((await against(['--against', url, '--slug', 'new'])).code).toBe(4);
    expect((await against(['--against', url, '--slug', 'nothing'])).code).toBe(4);
    expect((await against(['--against', 'http://127.0.0.1:1'])).code).toBe(4);
  });

  it('when the token is wrong or no doi server answers, then it ends with 3; with a wrong address, with 2', async () => {
    expect((await against(['--against', url], { DOI_READ_TOKEN: 'another-token-0123' })).code).toBe(3);
    other.answers['/repos/thing/doi'] = { body: [] };
    expect((await against(['--against', other.url])).code).toBe(3);
    const wrong = await against(['--against', 'https://me:hunter2@doi.example.org']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).not.toContain('hunter2');
  });
});
