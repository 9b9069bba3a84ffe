/** The changes of all repositories, over HTTP and on the command line. */
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChangesAnswer } from '../../../src/api/history.js';
import { run } from '../../../src/cli/program.js';
import { sayMoves } from '../../../src/dashboard/state/criteria.js';
import type { Direction } from '../../../src/domain/tier.js';
import { openLog } from '../../../src/platform/log.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import { readChanges } from '../../../src/store/evaluations/read-changes.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { openWorld, type World } from '../../helpers/world.js';

let world: World;
let server: FastifyInstance;
beforeAll(async () => {
  world = await openWorld('changes');
  server = makeCheckedServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken: undefined });
  addReaderRoutes(server, world.deps);
  for (const slug of ['widget', 'archived', 'gone', 'quiet']) {
    await world.add(slug, { 'CLAUDE.md': 'kaizen\n' });
    await world.evaluate(slug);
  }
  // Each first verdict was long ago.
  await world.sql`update doi_history set at = at - interval '30 days'`;
  for (const slug of ['widget', 'archived', 'gone']) await edit(slug, 'Nothing.\n');
  await edit('widget', 'kaizen again\n');
  await world.sql`update managed_repos set status = 'archived' where slug = 'archived'`;
  await world.sql`delete from managed_repos where slug = 'gone'`;
});
afterAll(async () => {
  await server.close();
  await world.close();
});

async function edit(slug: string, text: string): Promise<void> {
  await world.write(slug, 'CLAUDE.md', text);
  await world.evaluate(slug);
}

async function read(query = ''): Promise<ChangesAnswer> {
  const reply = await server.inject(`/doi/changes${query}`);
  expect([reply.statusCode, reply.headers['cache-control']]).toEqual([200, 'no-cache, private']);
  return reply.json();
}
const shown = ({ changes }: ChangesAnswer) =>
  changes.map(({ repo_slug: slug, direction }) => [slug, direction]);

describe('the changes of all repositories', () => {
  it('when active repositories changed, then each change is listed with its cause, the latest first', async () => {
    const { changes, next, since } = await read('?since=7d');
    expect(shown(await read('?since=7d'))).toEqual([
      ['widget', 'better'],
      ['widget', 'worse'],
    ]);
    expect(next).toBeNull();
    expect(Date.now() - Date.parse(since)).toBeGreaterThanOrEqual(7 * 86_400_000);
    expect(Date.now() - Date.parse(since)).toBeLessThan(7 * 86_400_000 + 120_000);
    expect(changes[1]).toEqual({
      ...{ repo_slug: 'widget', domain_slug: expect.any(String), direction: 'worse', tier: 'none' },
      ...{ at: expect.stringMatching(/Z$/), tier_was: 'none', tier_now: 'none' },
      criteria: [{ id: 'C12', was: 'pass', now: 'fail' }],
      changed: [{ input: 'CLAUDE.md', was: expect.any(String), now: expect.any(String) }],
    });
  });

  it('when a direction is given, then first verdicts are in neither list', async () => {
    expect(shown(await read('?since=52w&direction=worse'))).toEqual([['widget', 'worse']]);
    expect(shown(await read('?since=52w&direction=better'))).toEqual([['widget', 'better']]);
    expect(shown(await read('?since=52w')).filter(([, direction]) => direction === 'first')).toHaveLength(2);
  });

  it('when there are several pages, then they have each change once, also while others are written', async () => {
    const whole = (await read('?since=52w')).changes;
    const pages = [await read('?since=52w&limit=1')];
    await world.add('late');
    await world.evaluate('late');
    for (let next = pages[0]?.next; next; next = pages.at(-1)?.next ?? null)
      pages.push(await read(`?since=52w&limit=1&cursor=${next}`));
    expect(pages.flatMap(({ changes }) => changes)).toEqual(whole);
    await world.sql`delete from managed_repos where slug = 'late'`;
  });

  it('when `since` is before what is kept, then the answer says from when on all changes are known', async () => {
    const first = (await read('?since=52w')).changes.at(-1)?.at ?? '';
    const short = await readChanges(
      { sql: world.sql, historyDays: 3 },
      { since: '52w', direction: 'all', limit: 1, cursor: undefined },
    );
    expect((await read('?since=1970-01-01')).known_since).toBe(first);
    const kept = Date.now() - Date.parse(short.known_since ?? '');
    expect(kept).toBeLessThanOrEqual(3 * 86_400_000);
    expect(kept).toBeGreaterThan(3 * 86_400_000 - 120_000);
  });

  it('when nothing has changed, then a client that has the list gets a 304', async () => {
    const query = `/doi/changes?since=${new Date().toISOString().slice(0, 10)}`;
    const { etag } = (await server.inject(query)).headers;
    const again = await server.inject({ url: query, headers: { 'if-none-match': String(etag) } });
    expect(again.statusCode).toBe(304);
  });

  it.each([
    ...['since=yesterday', 'since=7', 'since=7y', 'since=0d', 'since=2026-02-31', 'since=-7d'],
    ...['direction=down', 'limit=0', 'limit=101', 'cursor=7', 'cursor=1-', 'x=1'],
    `cursor=${'9'.repeat(18)}-1`,
  ])('refuses an invalid query: %s', async (query) => {
    const reply = await server.inject(`/doi/changes?${query}`);
    expect([reply.statusCode, reply.json().code]).toEqual([400, 'bad_request']);
  });

  it.each(['0000-01-01', '9999-12-31', '9999w'])('accepts any time: %s', async (since) => {
    await read(`?since=${since}&cursor=${'9'.repeat(17)}-${'9'.repeat(18)}`);
  });
});

it.each<[string, object, object, Direction]>([
  ['a tier that falls', { was: 'full', now: 'core' }, {}, 'worse'],
  ['a tier that rises', { was: 'none', now: 'core' }, {}, 'better'],
  ['a criterion that warns', {}, { was: 'pass', now: 'warn' }, 'worse'],
  ['one that is skipped', {}, { was: 'warn', now: 'skip' }, 'worse'],
  ['one that is met', {}, { was: 'skip', now: 'pass' }, 'better'],
  ['one that failed and is skipped', {}, { was: 'fail', now: 'skip' }, 'other'],
  [
    'a tier and a criterion that part',
    { was: 'core', now: 'standard' },
    { was: 'pass', now: 'fail' },
    'mixed',
  ],
  ['a first verdict', { was: null, now: 'none' }, { was: null, now: 'fail' }, 'first'],
])('%s is shown as such', async (_what, tier, status, direction) => {
  const [was, now] = Object.values({ was: 'core', now: 'core', ...tier }) as [string | null, string];
  const statuses = Object.values({ was: 'pass', now: 'pass', ...status }) as [string | null, string];
  const [row] = await world.sql<{ direction: Direction }[]>`
    select doi_direction(${was}, ${now}, ${statuses[0] === null ? null : world.sql.json({ C5: statuses[0] })},
      ${world.sql.json({ C5: statuses[1], C6: 'fail' })}) as direction`;
  expect(row?.direction).toBe(direction);
});

it('when a status changes, then the page shows the direction that the database has', async () => {
  const all = ['pass', 'warn', 'fail', 'skip'] as const;
  const pairs = all.flatMap((was) => all.map((now) => ({ was, now })));
  const rows = await world.sql<{ direction: Direction }[]>`
    select doi_direction('core', 'core', jsonb_build_object('C5', pair->>'was'),
      jsonb_build_object('C5', pair->>'now')) as direction
    from jsonb_array_elements(${world.sql.json(pairs)}) with ordinality as one (pair, at) order by at`;
  const said = pairs.map(({ was, now }) => {
    const moves = (way: 'worse' | 'better') => sayMoves([{ id: 'C5', was, now }], way).length > 0;
    return [was, now, moves('worse') ? 'worse' : moves('better') ? 'better' : 'other'];
  });
  expect(said).toEqual(pairs.map(({ was, now }, at) => [was, now, rows[at]?.direction]));
});

describe('doi changes', () => {
  async function doi(...argv: string[]) {
    const out = { stdout: '', stderr: '' };
    const to = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (out[name] += text) });
    const env = { DATABASE_URL: world.url, REDIS_URL: 'redis://127.0.0.1:1', PATH: process.env['PATH'] };
    const code = await run(['changes', ...argv], { stdout: to('stdout'), stderr: to('stderr'), env });
    return { code, ...out };
  }

  it('with --worse, lists when, what, how and why, without Redis', async () => {
    const { code, stdout } = await doi('--since', '7d', '--worse');
    expect(stdout).toMatch(/^ when +repository +tier +criteria +because of$/m);
    expect(stdout).toMatch(/^ .*(?:ago|now) +widget +none +C12 pass → fail +CLAUDE\.md$/m);
    expect(stdout).toMatch(/^1 change for the worse since \d{4}-\S+Z$/m);
    expect(code).toBe(0);
  });

  it('when `--since` is before what is kept, says from when on all changes are known', async () => {
    expect((await doi('--since', '1970-01-01')).stdout).toMatch(
      /^Nothing is known of the time before \d{4}-\S+Z\.$/m,
    );
  });

  it('when there are several pages, prints the command for the next one, which works', async () => {
    const { stdout } = await doi('--limit', '1');
    const [, cursor = ''] = /and more before: add --cursor (\S+)$/m.exec(stdout) ?? [];
    expect((await doi('--limit', '1', '--cursor', cursor)).stdout).toContain('C12 pass → fail');
  });

  it('prints the HTTP answer with --json', async () => {
    const { stdout } = await doi('--json', '--since', '2026-01-01');
    expect(JSON.parse(stdout)).toEqual(await read('?since=2026-01-01'));
  });

  it.each([[['--since', 'soon']], [['--limit', '0']], [['--cursor', 'x']], [['--worse', '--better']]])(
    'ends with 2 for %j',
    async (argv) => {
      const { code, stderr } = await doi(...argv);
      expect(code).toBe(2);
      expect(stderr).toMatch(/--(?:since|limit|cursor|worse|better)/);
    },
  );
});
