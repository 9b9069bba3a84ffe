import { rm, symlink } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckoutProber } from '../../../src/inputs/probe/checkout-prober.js';
import type { Sql } from '../../../src/platform/postgres/sql.js';
import { watchOnce } from '../../../src/producer/watch.js';
import { readReport } from '../../../src/reader/read-report.js';
import { readDatabaseTime } from '../../../src/store/hosts/heartbeat.js';
import { recordObservations } from '../../../src/store/hosts/record-observations.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { handleJob } from '../../../src/worker/handle-job.js';
import { openWorld, type World } from '../../helpers/world.js';
import { holdProber } from '../held-prober.js';
import { plainRequest } from '../store/rows.js';

let world: World;
let slug: string;
let repoId: string;
let count = 0;
beforeAll(async () => {
  world = await openWorld('coverage');
});
beforeEach(async () => {
  count += 1;
  slug = `repo-${count}`;
  repoId = await world.add(slug, { 'CLAUDE.md': 'one\n' });
  await world.evaluate(slug);
});
afterAll(() => world.close());

const watch = (prober: CheckoutProber = world.deps.prober) =>
  watchOnce({ ...world.deps, prober, capacity: 1, wake: async () => {} });
const handle = (change: Partial<World['deps']> = {}) =>
  handleJob({ ...world.deps, ...change }, repoId, new AbortController().signal);
const readElsewhere = () => readReport({ ...world.deps, host: 'elsewhere' }, slug);
const toText = (column: string) => world.sql`
  to_char(${world.sql(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const times = async () => {
  const [row] = await world.sql<{ seen_at: string; heartbeat: string }[]>`
    select ${toText('seen_at')} as seen_at, ${toText('heartbeat')} as heartbeat
    from doi_observation o join doi_host h on h.host = o.host where repo_id = ${repoId}`;
  if (row === undefined) throw new Error('nothing was recorded');
  return row;
};

describe('a pass that began earlier and ends later', () => {
  it('does not hide what a later pass observed', async () => {
    await watch();
    const late = holdProber(world.deps.prober);
    const ending = watch(late.prober);
    await late.probed;
    await world.write(slug, 'CLAUDE.md', 'two, edited\n');
    await watch();
    late.release();
    await ending;
    expect((await readElsewhere()).answer.stale).toBe(true);
  });

  it('is not covered by the later heartbeat when the checkout returns to its earlier state', async () => {
    // The path leads to another folder and back, so that old versions return.
    const other = `${slug}-other`;
    await world.add(other, { 'CLAUDE.md': 'other\n' });
    const link = world.path(`link-${count}`);
    const leadTo = async (name: string) => {
      await rm(link, { force: true });
      await symlink(world.path(name).replace(/\/$/, ''), link);
    };
    await leadTo(slug);
    await world.sql`
      update managed_repos set host_paths = ${world.sql.json({ here: link })} where id = ${repoId}`;
    await world.evaluate(slug);
    await leadTo(other);
    await watch();
    await leadTo(slug);
    const late = holdProber(world.deps.prober);
    const ending = watch(late.prober);
    await late.probed;
    await leadTo(other);
    await watch();
    late.release();
    await ending;
    const { answer, verifiedAt } = await readElsewhere();
    expect((await world.read(slug)).stale).toBe(true);
    const { heartbeat } = await times();
    if (!answer.stale) expect(verifiedAt < heartbeat, 'it is claimed for the earlier pass alone').toBe(true);
    await watch();
    expect((await readElsewhere()).answer.stale, 'the next pass corrects it').toBe(true);
  });
});

describe('an observation that is being written when a pass begins', () => {
  it('is awaited and corrected, and not covered by the heartbeat of a pass that did not read it', async () => {
    await watch();
    const [before] = await world.sql<{ fingerprint: string }[]>`
      select fingerprint from doi_observation where repo_id = ${repoId}`;
    const fingerprint = before?.fingerprint ?? '';
    let passing: Promise<unknown> | undefined;
    let ended = false;
    await world.sql.begin(async (transaction) => {
      const seenAt = await readDatabaseTime(world.sql);
      const other = {
        repoId,
        claimedBy: 'here',
        fingerprint: `${fingerprint}-other`,
        head: null,
        headAt: null,
        seenAt,
      };
      await recordObservations(transaction as unknown as Sql, 'here', [other]);
      passing = watch().then(() => {
        ended = true;
      });
      const waiting = async () => {
        const rows = await world.sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        return rows.length > 0 || ended;
      };
      await expect.poll(waiting).toBe(true);
    });
    await passing;
    const [after] = await world.sql`select fingerprint from doi_observation where repo_id = ${repoId}`;
    expect(after).toEqual({ fingerprint });
  });
});

describe('the observation of an evaluation', () => {
  it('does not hide what a later pass observed', async () => {
    await watch();
    await addRequests(world.sql, [plainRequest(repoId)]);
    const late = holdProber(world.deps.prober);
    const handling = handle({ prober: late.prober });
    await late.probed;
    await world.write(slug, 'CLAUDE.md', 'two, edited\n');
    await watch();
    late.release();
    expect((await handling).outcome).toMatchObject({ end: 'fresh' });
    expect((await readElsewhere()).answer.stale).toBe(true);
  });

  it('holds as of a time before its probe, and not of a heartbeat before it was recorded', async () => {
    await watch();
    await addRequests(world.sql, [plainRequest(repoId)]);
    const late = holdProber(world.deps.prober);
    const handling = handle({ prober: late.prober });
    await late.probed;
    // Nothing changed, so this pass records no observation, only a heartbeat.
    await watch();
    late.release();
    await handling;
    const { seen_at: seenAt, heartbeat } = await times();
    expect(seenAt < heartbeat).toBe(true);
    expect((await readElsewhere()).verifiedAt).toBe(seenAt);
    await watch();
    expect((await readElsewhere()).verifiedAt).toBe((await times()).heartbeat);
  });

  it("holds for no later time when this host's clock jumps during the probe", async () => {
    const clock = { ...world.deps.clock, now: () => Date.now() - 3_600_000 };
    await addRequests(world.sql, [plainRequest(repoId, { forced: true })]);
    await handle({ clock });
    const [row] = await world.sql`
      select seen_at <= recorded_at as before from doi_observation where repo_id = ${repoId}`;
    expect(row).toEqual({ before: true });
  });
});

describe('a time in the future', () => {
  it("verifies nothing, because the database's clock was set back and its age is unknown", async () => {
    await watch();
    expect((await readElsewhere()).answer.stale).toBe(false);
    await world.sql`update doi_observation set seen_at = seen_at + interval '1 hour',
      recorded_at = recorded_at + interval '1 hour' where repo_id = ${repoId}`;
    expect((await readElsewhere()).answer).toMatchObject({ stale: true, verified: 'registry' });
    await world.sql`update doi_host set heartbeat = heartbeat + interval '2 hours'`;
    expect((await readElsewhere()).answer).toMatchObject({ stale: true, verified: 'registry' });
    await watch();
    await world.evaluate(slug, { forced: true });
    await watch();
    expect((await readElsewhere()).answer).toMatchObject({ stale: false, verified: 'observed' });
  });
});

describe('a host without a first pass', () => {
  it('was last active when it observed the repository, not in 1970', async () => {
    await world.sql`update doi_host set heartbeat = to_timestamp(0)`;
    await world.sql`update doi_observation set seen_at = seen_at - interval '1 hour' where repo_id = ${repoId}`;
    const [reason] = (await readElsewhere()).answer.stale_reasons;
    expect(reason?.text).toContain(`last active at ${(await times()).seen_at}`);
  });
});
