import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { buildName, type Release } from '../../../src/domain/release.js';
import type { CheckoutProber, ProbeOutcome } from '../../../src/inputs/probe/checkout-prober.js';
import { openLog } from '../../../src/platform/log.js';
import { type WatchDependencies, watchOnce } from '../../../src/producer/watch.js';
import type { Wake } from '../../../src/queue/waker.js';
import { HostLead } from '../../../src/store/hosts/host-lead.js';
import { type HandleDependencies, handleJob, type Outcome } from '../../../src/worker/handle-job.js';
import { sweepNightly } from '../../../src/worker/run-nightly.js';
import { openWorld, type World } from '../../helpers/world.js';
import { readRequest } from '../store/rows.js';

const SILENT_MS = 60_000;

let world: World;
let slug: string;
let repoId: string;
let count = 0;
beforeAll(async () => {
  world = await openWorld('host-lead');
});
beforeEach(async () => {
  count += 1;
  slug = `repo-${count}`;
  await world.sql`update doi_host set worker = null`;
  await world.sql`delete from managed_repos`;
  repoId = await world.add(slug, { 'SCOPE.md': '# Scope\n' });
});
afterAll(() => world.close());

interface Worker {
  readonly lead: HostLead;
  readonly deps: HandleDependencies;
  /** Makes one pass of the watch; returns the repositories that it woke. */
  pass(): Promise<string[]>;
  handle(): Promise<Outcome>;
}

/** A worker of the one host. */
function worker(change: Partial<WatchDependencies> = {}, machine = 'alpha'): Worker {
  const release = change.release ?? world.deps.release;
  const lead = new HostLead({ sql: world.sql, host: 'here', machine, release, silentMs: SILENT_MS });
  const deps = { ...world.deps, capacity: 1, ...change, lead };
  return {
    lead,
    deps,
    async pass() {
      const woken: Wake[] = [];
      await watchOnce({ ...deps, wake: async (wakes) => void woken.push(...wakes) });
      return woken.map((wake) => wake.repoId);
    },
    handle: async () => (await handleJob(deps, repoId, new AbortController().signal)).outcome,
  };
}

/** Another build of the same version, made so many milliseconds later, with other rules. */
function build(laterMs: number): Release {
  const { release } = world.deps;
  const builtAt = new Date(Date.parse(release.builtAt) + laterMs).toISOString();
  return { ...release, builtAt, criteriaDigest: laterMs > 0 ? '0'.repeat(16) : 'f'.repeat(16) };
}

/** What another machine finds at the same paths: other folders. */
function elsewhere(): Partial<WatchDependencies> {
  const { prober } = world.deps;
  const probe: CheckoutProber['probe'] = async (targets, options) => {
    const outcomes = await prober.probe(targets, options);
    return new Map(
      [...outcomes].map(([id, one]): [string, ProbeOutcome] => {
        if ('failed' in one) return [id, one];
        const checkout = { version: `here:${world.path(slug)}#${world.path(slug)}#99:99` };
        return [id, { ...one, versions: { ...one.versions, checkout } }];
      }),
    );
  };
  return { prober: { probe } as CheckoutProber };
}

async function observed(): Promise<string | null | undefined> {
  const rows = await world.sql`select fingerprint from doi_observation where repo_id = ${repoId}`.values();
  return rows[0]?.[0] as string | null | undefined;
}

async function leader() {
  const [row] = await world.sql`select worker, machine, build, version from doi_host where host = 'here'`;
  return row;
}

describe('two builds of one version on one host', () => {
  it('judge once by the newer rules, and the older one then probes nothing and judges nothing', async () => {
    const older = worker({ release: build(-1000) });
    expect(await older.pass()).toEqual([repoId]);
    expect(await older.handle()).toMatchObject({ end: 'written' });
    const newer = worker({ release: build(1000) }, 'beta');
    expect(await newer.pass()).toEqual([repoId]);
    expect(await newer.handle()).toMatchObject({ end: 'written' });
    const before = await observed();
    await expect(older.pass()).rejects.toMatchObject({
      code: 'older_release',
      message: expect.stringMatching(
        /on the machine beta: 0\.\d+\.\d+ \(criteria 0{16}\).*\(criteria f{16}\)/,
      ),
    });
    expect(older.lead.why).toMatchObject({ code: 'older_release' });
    expect(await observed()).toBe(before);
    expect(await newer.pass()).toEqual([]);
    expect(await readRequest(world.sql, repoId)).toBeUndefined();
  });

  it('are ordered whichever starts first, and the older one probes again when the newer one has stopped', async () => {
    const newer = worker({ release: build(1000) });
    const older = worker({ release: build(-1000) });
    await newer.pass();
    await newer.handle();
    await expect(older.pass()).rejects.toMatchObject({ code: 'older_release' });
    await newer.lead.close();
    // The older one does not judge what the newer one judged, so that a newer one that comes and goes does not make them judge in turns.
    expect(await older.pass()).toEqual([]);
    expect(older.lead.why).toBeUndefined();
    await world.write(slug, 'SCOPE.md', '# Another scope\n');
    expect(await older.pass()).toEqual([]);
  });

  it('when a newer build judged a repository, then the older one judges it for no request', async () => {
    const newer = worker({ release: build(1000) });
    await newer.pass();
    await newer.handle();
    await newer.lead.close();
    const before = (await world.read(slug)).fingerprint;
    expect(await world.evaluate(slug, { forced: true })).toEqual({ end: 'older-release' });
    expect((await world.read(slug)).fingerprint).toBe(before);
  });

  it('have one order although a release that records no build wrote since', async () => {
    const older = worker({ release: build(-1000) });
    await older.pass();
    await older.handle();
    await world.sql`update doi_evaluation set build = ${buildName(build(1000))} where repo_id = ${repoId}`;
    const middle = worker();
    expect(await middle.pass()).toEqual([repoId]);
  });
});

it('when a pass takes long, then the worker records in the middle of it that it still leads', async () => {
  const { release } = world.deps;
  const lead = new HostLead({ sql: world.sql, host: 'here', machine: 'alpha', release, silentMs: 40 });
  await lead.take();
  await world.sql`update doi_host set worker_at = 'epoch' where host = 'here'`;
  const isKept = async () => {
    await lead.keep();
    const [row] = await world.sql`select worker_at > 'epoch' as kept from doi_host where host = 'here'`;
    return row?.['kept'];
  };
  await expect.poll(isKept).toBe(true);
});

it('when a worker stands aside, then it leaves the nightly sweep to another one', async () => {
  const slept: number[] = [];
  const clock = { now: () => 0, sleep: async (ms: number) => void slept.push(ms) };
  const why = new DoiError('host_shared', 'Another worker sees other checkouts.', 'Name each machine.');
  const aside = { log: openLog('test', 'silent'), stop: new AbortController() };
  // It needs nothing else, since it neither probes nor requests.
  expect(await sweepNightly(aside, { clock, lead: { why } } as never)).toBe('put-back');
  expect(slept).toEqual([15_000]);
});

describe('workers of one host with the same rules', () => {
  it('all probe and judge where they read the same checkouts, and one of them leads', async () => {
    const one = worker();
    const other = worker({}, 'beta');
    await one.pass();
    const before = await leader();
    expect(before).toMatchObject({ machine: 'alpha', build: buildName(world.deps.release) });
    await other.pass();
    expect(await other.handle()).toMatchObject({ end: 'written' });
    expect(await leader()).toEqual(before);
    await one.lead.close();
    await other.pass();
    expect(await leader()).toMatchObject({ machine: 'beta' });
  });

  it('lose the lead when they were silent for long', async () => {
    await worker().pass();
    await world.sql`update doi_host set worker_at = worker_at - interval '61 seconds'`;
    await worker({}, 'beta').pass();
    expect(await leader()).toMatchObject({ machine: 'beta' });
  });

  it('on another machine do not judge its repositories, and report that after the next pass of the one that leads', async () => {
    const one = worker();
    await one.pass();
    await one.handle();
    const before = await observed();
    const foreign = worker(elsewhere(), 'beta');
    // A checkout that was replaced a moment ago cannot be distinguished from this: no worker stands aside yet.
    expect(await foreign.pass()).toEqual([]);
    expect(await one.pass()).toEqual([]);
    await expect(foreign.pass()).rejects.toMatchObject({
      code: 'host_shared',
      message: expect.stringContaining(`host here on the machine alpha sees other checkouts: for ${slug} it`),
      remedy: expect.stringContaining('DOI_HOST'),
    });
    expect(await observed()).toBe(before);
    expect(await one.pass()).toEqual([]);
  });

  it('on another machine do not judge what they are woken for, and take over when the other one is gone', async () => {
    const one = worker();
    await one.pass();
    const foreign = worker(elsewhere(), 'beta');
    const [before] = await world.sql`select started_at, starts from doi_request where repo_id = ${repoId}`;
    expect(await foreign.handle()).toMatchObject({ end: 'put-back', hostProblem: { code: 'host_shared' } });
    expect(
      (await world.sql`select started_at, starts from doi_request where repo_id = ${repoId}`)[0],
    ).toEqual(before);
    expect(foreign.lead.why).toMatchObject({ code: 'host_shared' });
    await one.lead.close();
    expect(await foreign.pass()).toEqual([repoId]);
    expect(foreign.lead.why).toBeUndefined();
    expect(await foreign.handle()).toMatchObject({ end: 'written' });
  });

  it('when a checkout was replaced, wait for the one that leads and record no heartbeat meanwhile', async () => {
    const one = worker();
    await one.pass();
    const other = worker({}, 'beta');
    await rename(world.path(slug), `${world.path(slug)}-old`);
    await world.write(slug, 'SCOPE.md', '# Another\n');
    const heartbeat = async () =>
      (await world.sql`select heartbeat::text from doi_host where host = 'here'`)[0];
    const before = await heartbeat();
    expect(await other.pass()).toEqual([]);
    expect(await heartbeat()).toEqual(before);
    expect(await one.pass()).toEqual([repoId]);
    await other.pass();
    expect(other.lead.why).toBeUndefined();
    expect(await heartbeat()).not.toEqual(before);
  });
});
