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
  /** Looks once, as a worker's watch does; returns the repositories that it woke. */
  look(): Promise<string[]>;
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
    async look() {
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
  it('judge once by the newer rules, and the older one then looks at nothing and judges nothing', async () => {
    const older = worker({ release: build(-1000) });
    expect(await older.look()).toEqual([repoId]);
    expect(await older.handle()).toMatchObject({ end: 'written' });
    const newer = worker({ release: build(1000) }, 'beta');
    expect(await newer.look()).toEqual([repoId]);
    expect(await newer.handle()).toMatchObject({ end: 'written' });
    const before = await observed();
    await expect(older.look()).rejects.toMatchObject({
      code: 'older_release',
      message: expect.stringMatching(
        /on the machine beta: 0\.\d+\.\d+ \(criteria 0{16}\).*\(criteria f{16}\)/,
      ),
    });
    expect(older.lead.why).toMatchObject({ code: 'older_release' });
    expect(await observed()).toBe(before);
    expect(await newer.look()).toEqual([]);
    expect(await readRequest(world.sql, repoId)).toBeUndefined();
  });

  it('are ordered however they start, and the older one looks again when the newer one has stopped', async () => {
    const newer = worker({ release: build(1000) });
    const older = worker({ release: build(-1000) });
    await newer.look();
    await newer.handle();
    await expect(older.look()).rejects.toMatchObject({ code: 'older_release' });
    await newer.lead.close();
    // What the newer one judged is left alone, so that a newer one that comes and goes does not make them judge in turns.
    expect(await older.look()).toEqual([]);
    expect(older.lead.why).toBeUndefined();
    await world.write(slug, 'SCOPE.md', '# Another scope\n');
    expect(await older.look()).toEqual([]);
  });

  it('leave alone what a newer one judged, whoever asks', async () => {
    const newer = worker({ release: build(1000) });
    await newer.look();
    await newer.handle();
    await newer.lead.close();
    const before = (await world.read(slug)).fingerprint;
    expect(await world.evaluate(slug, { forced: true })).toEqual({ end: 'older-release' });
    expect((await world.read(slug)).fingerprint).toBe(before);
  });

  it('have one order although a worker that knows of no builds wrote since', async () => {
    const older = worker({ release: build(-1000) });
    await older.look();
    await older.handle();
    await world.sql`update doi_evaluation set build = ${buildName(build(1000))} where repo_id = ${repoId}`;
    const middle = worker();
    expect(await middle.look()).toEqual([repoId]);
  });
});

it('when a look takes long, then the worker says in the middle of it that it still leads', async () => {
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
  // It needs nothing else, since it neither looks nor asks.
  expect(await sweepNightly(aside, { clock, lead: { why } } as never)).toBe('put-back');
  expect(slept).toEqual([15_000]);
});

describe('workers of one host with the same rules', () => {
  it('all look and judge where they see the same checkouts, and one of them leads', async () => {
    const one = worker();
    const other = worker({}, 'beta');
    await one.look();
    const before = await leader();
    expect(before).toMatchObject({ machine: 'alpha', build: buildName(world.deps.release) });
    await other.look();
    expect(await other.handle()).toMatchObject({ end: 'written' });
    expect(await leader()).toEqual(before);
    await one.lead.close();
    await other.look();
    expect(await leader()).toMatchObject({ machine: 'beta' });
  });

  it('lead no longer when they were not heard of for long', async () => {
    await worker().look();
    await world.sql`update doi_host set worker_at = worker_at - interval '61 seconds'`;
    await worker({}, 'beta').look();
    expect(await leader()).toMatchObject({ machine: 'beta' });
  });

  it('that lie on another machine leave its repositories alone, and say so when the one that leads has looked again', async () => {
    const one = worker();
    await one.look();
    await one.handle();
    const before = await observed();
    const foreign = worker(elsewhere(), 'beta');
    // A checkout that was replaced a moment ago looks the same: nobody is blamed yet.
    expect(await foreign.look()).toEqual([]);
    expect(await one.look()).toEqual([]);
    await expect(foreign.look()).rejects.toMatchObject({
      code: 'host_shared',
      message: expect.stringContaining(`host here on the machine alpha sees other checkouts: for ${slug} it`),
      remedy: expect.stringContaining('DOI_HOST'),
    });
    expect(await observed()).toBe(before);
    expect(await one.look()).toEqual([]);
  });

  it('that lie on another machine do not judge what they are woken for, and take over when the other one is gone', async () => {
    const one = worker();
    await one.look();
    const foreign = worker(elsewhere(), 'beta');
    const [before] = await world.sql`select started_at, starts from doi_request where repo_id = ${repoId}`;
    expect(await foreign.handle()).toMatchObject({ end: 'put-back', hostProblem: { code: 'host_shared' } });
    expect(
      (await world.sql`select started_at, starts from doi_request where repo_id = ${repoId}`)[0],
    ).toEqual(before);
    expect(foreign.lead.why).toMatchObject({ code: 'host_shared' });
    await one.lead.close();
    expect(await foreign.look()).toEqual([repoId]);
    expect(foreign.lead.why).toBeUndefined();
    expect(await foreign.handle()).toMatchObject({ end: 'written' });
  });

  it('wait for the one that leads where a checkout was replaced, and vouch for nothing meanwhile', async () => {
    const one = worker();
    await one.look();
    const other = worker({}, 'beta');
    await rename(world.path(slug), `${world.path(slug)}-old`);
    await world.write(slug, 'SCOPE.md', '# Another\n');
    const beat = async () => (await world.sql`select heartbeat::text from doi_host where host = 'here'`)[0];
    const before = await beat();
    expect(await other.look()).toEqual([]);
    expect(await beat()).toEqual(before);
    expect(await one.look()).toEqual([repoId]);
    await other.look();
    expect(other.lead.why).toBeUndefined();
    expect(await beat()).not.toEqual(before);
  });
});
