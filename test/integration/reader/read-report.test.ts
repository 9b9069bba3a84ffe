import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { watchOnce } from '../../../src/producer/watch.js';
import { type ReaderDependencies, readReport } from '../../../src/reader/read-report.js';
import { recordFailure } from '../../../src/store/evaluations/failures.js';
import { addPushes } from '../../../src/store/pushes.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { openWorld, type World } from '../../helpers/world.js';
import { FAILURE, plainRequest, start } from '../store/rows.js';

const COMMIT = 'a'.repeat(40);

let world: World;
let slug: string;
let repoId: string;
let count = 0;
beforeAll(async () => {
  world = await openWorld('report');
});
beforeEach(async () => {
  count += 1;
  slug = `repo-${count}`;
  repoId = await world.add(slug, { 'SCOPE.md': '# Scope\n' });
});
afterAll(() => world.close());

const read = (change: Partial<ReaderDependencies> = {}) => readReport({ ...world.deps, ...change }, slug);
/** Reads as a host without a checkout. */
const readElsewhere = () => read({ host: 'elsewhere' });
const watch = () => watchOnce({ ...world.deps, capacity: 1, wake: async () => {} });
const codes = ({ answer }: Awaited<ReturnType<typeof read>>) => [
  ...new Set(answer.stale_reasons.map(({ code }) => code)),
];

describe('a report on the home host', () => {
  it('is verified by a probe now, and says when the probe began', async () => {
    await world.evaluate(slug);
    const before = Date.now();
    const { answer, verifiedAt } = await read();
    expect(answer).toMatchObject({ stale: false, verified: 'probed', checkout: { host: 'here' } });
    expect(Date.parse(verifiedAt)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(verifiedAt)).toBeLessThanOrEqual(Date.now());
  });

  it('is stale at the first read after a change of any input', async () => {
    await world.evaluate(slug);
    await world.sql`insert into tpsc_snapshots (repo_id) values (${repoId})`;
    await world.write(slug, '.claude/rules/agents.md', 'kaizen\n');
    await world.write(slug, 'workplans/README.md', 'x');
    const { answer } = await read();
    const inputs = answer.stale_reasons.map(({ input, code }) => [input, code]);
    const changed = ['tpsc', '.claude/rules', 'workplans'];
    expect(inputs).toEqual(changed.map((input) => [input, 'input_changed']));
  });

  it('that could not be probed is stale, and says why', async () => {
    await world.evaluate(slug);
    const prober = { probe: async () => new Map() } as unknown as ReaderDependencies['prober'];
    const report = await read({ prober });
    expect(report.answer).toMatchObject({ stale: true, verified: 'registry' });
    expect(codes(report)).toEqual(['not_verified']);
  });

  it('names the branch and commit that are checked out, and whether it is behind a push', async () => {
    await world.evaluate(slug);
    await world.write(slug, '.git/HEAD', 'ref: refs/heads/main\n');
    await world.write(slug, '.git/refs/heads/main', `${COMMIT}\n`);
    const checkout = async () => (await read()).answer.checkout;
    expect(await checkout()).toMatchObject({ branch: 'main', head: COMMIT, pushed_head: null, behind: null });
    const push = (head: string) =>
      addPushes(world.sql, [{ repoIds: [repoId], branch: 'main', head, reason: 'pushed' }]);
    const other = 'b'.repeat(40);
    await push(other);
    await world.evaluate(slug);
    const pushed = {
      pushed_branch: 'main',
      pushed_head: other,
      pushed_at: expect.any(String),
      updated_at: null,
    };
    expect(await checkout()).toMatchObject({ ...pushed, behind: null });
    await world.write(slug, '.git/logs/HEAD', `${other} ${COMMIT} n <e@example.org> 0 +0000\tcommit: x\n`);
    expect(await checkout()).toMatchObject({ ...pushed, behind: true });
    await push(COMMIT);
    expect(await checkout()).toMatchObject({ pushed_head: COMMIT, behind: false });
    await rm(world.path(slug, '.git/HEAD'));
    expect(await checkout()).toMatchObject({ head: null, behind: null });
  });

  it('of an unknown slug is an error that names the nearest one', async () => {
    await expect(readReport(world.deps, `${slug}x`)).rejects.toMatchObject({
      code: 'unknown_repository',
      remedy: expect.stringContaining(slug),
    });
  });
});

describe('a report on another host', () => {
  it('rests on the observation of an evaluation, before the first pass of the home host', async () => {
    await world.evaluate(slug);
    const { answer, verifiedAt } = await readElsewhere();
    expect(answer).toMatchObject({ stale: false, verified: 'observed', checkout: { host: 'here' } });
    expect(verifiedAt <= (answer.checked_at ?? '')).toBe(true);
  });

  it("rests on the home host's last heartbeat, and is as old as that", async () => {
    await world.evaluate(slug);
    await watch();
    const { answer, verifiedAt } = await readElsewhere();
    const [host] = await world.sql<{ at: string }[]>`
      select to_char(heartbeat at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at from doi_host`;
    expect(answer).toMatchObject({ stale: false, verified: 'observed' });
    expect(verifiedAt).toBe(host?.at);
  });

  it('is stale as soon as the home host has observed a change', async () => {
    await world.evaluate(slug);
    await world.write(slug, 'SCOPE.md', '# Other\n');
    await watch();
    const { answer } = await readElsewhere();
    expect(answer.stale_reasons).toMatchObject([{ input: 'SCOPE.md', code: 'input_changed' }]);
  });

  it('is stale, and not verified, when the home host is silent', async () => {
    await world.evaluate(slug);
    await watch();
    await world.sql`update doi_host set heartbeat = heartbeat - interval '10 minutes'`;
    // The row is newer than that pass: the observation of its own evaluation still counts.
    expect((await readElsewhere()).answer).toMatchObject({ stale: false, verified: 'observed' });
    await world.sql`update doi_observation set seen_at = seen_at - interval '10 minutes'`;
    const report = await readElsewhere();
    expect(report.answer).toMatchObject({ stale: true, verified: 'registry' });
    expect(codes(report)).toEqual(['not_verified']);
    expect(report.answer.stale_reasons[0]?.text).toMatch(/the host here was last active at 2\d{3}-/);
    await world.sql`delete from doi_host`;
    expect(codes(await readElsewhere())).toEqual(['not_verified']);
  });

  it('is stale when the home host has not probed yet, or could not read the checkout', async () => {
    await watch();
    await world.evaluate(slug);
    await world.sql`update doi_observation set fingerprint = null where repo_id = ${repoId}`;
    const unread = await readElsewhere();
    expect(unread.answer).toMatchObject({ stale: true, verified: 'registry' });
    expect(unread.answer.stale_reasons[0]?.text).toContain('could not read the checkout');
    await world.sql`delete from doi_observation where repo_id = ${repoId}`;
    const unseen = await readElsewhere();
    expect(unseen.answer.stale_reasons[0]?.text).toContain('the host here has not probed it yet');
    await world.sql`update managed_repos set host_paths = null where id = ${repoId}`;
    const nowhere = await readElsewhere();
    expect(nowhere.answer.checkout).toBeNull();
    expect(codes(nowhere)).toContain('not_verified');
  });
});

describe('an open request', () => {
  const refresh = async () => (await read()).answer.refresh;

  it('is shown as queued, running, queued again when its worker is lost, and waiting until a time', async () => {
    expect(await refresh()).toBeNull();
    await addRequests(world.sql, [plainRequest(repoId, { forced: true })]);
    expect(await refresh()).toMatchObject({ state: 'queued', reason: 'test', forced: true, until: null });
    const started = await start(world.sql, repoId);
    expect(await refresh()).toMatchObject({ state: 'running', until: null });
    await world.sql`update doi_request set started_at = started_at - interval '91 seconds'`;
    expect(await refresh()).toMatchObject({ state: 'queued' });
    await recordFailure(world.sql, started, FAILURE);
    const { answer } = await read();
    expect(answer.refresh).toMatchObject({ state: 'waiting' });
    expect(Date.parse(answer.refresh?.until ?? '')).toBeGreaterThan(Date.now());
    expect(answer.failure).toMatchObject({
      ...{ code: 'checker_crashed', message: 'It broke.', remedy: 'Repair it.', attempts: 1 },
    });
  });
});

describe('the next tier', () => {
  it('names what is missing for it, and is null without verdicts', async () => {
    expect((await read()).answer.next_tier).toBeNull();
    await world.evaluate(slug);
    const { answer } = await read();
    expect(answer.next_tier?.tier).toBe('core');
    const failing = answer.criteria.filter(({ tier, status }) => tier === 'core' && status === 'fail');
    expect(answer.next_tier?.missing.map(({ id }) => id)).toEqual(failing.map(({ id }) => id));
  });

  it('is null for a row that another program wrote in another form', async () => {
    await world.evaluate(slug);
    await world.sql`update doi_cache set criteria = '{"C1": true}', tier = 'gold' where repo_id = ${repoId}`;
    expect((await read()).answer).toMatchObject({ tier: 'none', criteria: [], next_tier: null, stale: true });
  });
});
