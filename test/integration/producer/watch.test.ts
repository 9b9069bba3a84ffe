import { rename, rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { probeAndRequest } from '../../../src/producer/request-after-probe.js';
import { type WatchDependencies, watchOnce, watchUntil } from '../../../src/producer/watch.js';
import type { Wake } from '../../../src/queue/waker.js';
import { addRequests } from '../../../src/store/requests/add-requests.js';
import { handleJob } from '../../../src/worker/handle-job.js';
import { openWorld, type World } from '../../helpers/world.js';
import { makeGate } from '../queue/signals.js';
import { plainRequest, readRequest } from '../store/rows.js';

let world: World;
let woken: Wake[];
let slug: string;
let repoId: string;
let count = 0;
beforeAll(async () => {
  world = await openWorld('watch');
});
beforeEach(async () => {
  woken = [];
  count += 1;
  slug = `repo-${count}`;
  repoId = await world.add(slug, { 'SCOPE.md': '# Scope\n' });
});
afterAll(() => world.close());

function watching(change: Partial<WatchDependencies> = {}): WatchDependencies {
  const wake = async (wakes: readonly Wake[]) => {
    woken.push(...wakes);
  };
  return { ...world.deps, capacity: 3, wake, ...change };
}
const watch = (change: Partial<WatchDependencies> = {}) => watchOnce(watching(change));
const request = () => readRequest(world.sql, repoId);

/** Makes the stored verdicts older, by the database's clock, which is the one that counts. */
const judgedAgo = (age: string) => world.sql`
  update doi_evaluation set judged_at = (
    select jsonb_object_agg(key, to_jsonb(value::timestamptz - ${age}::interval)) from jsonb_each_text(judged_at)
  ) where repo_id = ${repoId}`;

interface ObservationRow {
  host: string;
  fingerprint: string | null;
  since: string;
  seen_at: string;
}

async function observation(): Promise<ObservationRow | undefined> {
  const [row] = await world.sql<ObservationRow[]>`
    select host, fingerprint, since::text, seen_at::text from doi_observation where repo_id = ${repoId}`;
  return row;
}

describe('a pass of the watch', () => {
  it('names the database of each page, also where the page has no repository of this host or none at all', async () => {
    await world.sql`update managed_repos set host_paths = '{"there": "/x"}', local_path = null where id = ${repoId}`;
    const readFrom = async (id: string) => {
      const followed = await probeAndRequest(world.deps, [id], () => {});
      return { probed: followed.probed, names: [...followed.readFrom] };
    };
    expect(await readFrom(repoId)).toEqual({ probed: 0, names: [expect.stringMatching(/\S/)] });
    // No database has this name, so that such a pass records no heartbeat.
    expect(await readFrom('00000000-0000-4000-8000-000000000000')).toEqual({ probed: 0, names: [''] });
  });

  it('compares what this host has claimed whatever its status or home, and requests none of it', async () => {
    await watch();
    await world.sql`delete from doi_request where repo_id = ${repoId}`;
    for (const change of [
      () => world.sql`update managed_repos set status = 'archived' where id = ${repoId}`,
      () =>
        world.sql`update managed_repos set status = 'active', host_paths = '{"other":"/x"}' where id = ${repoId}`,
    ]) {
      const before = await observation();
      await change();
      await watch();
      expect((await observation())?.fingerprint).not.toBe(before?.fingerprint);
      expect(await request()).toBeUndefined();
    }
  });

  it('when a repository was never evaluated, then it requests and claims it, and wakes this host', async () => {
    await watch();
    expect(await request()).toMatchObject({ reason: 'never evaluated', priority: 5, forced: false });
    expect(await observation()).toMatchObject({ host: 'here' });
    expect(woken).toContainEqual({ repoId, host: 'here', priority: 5 });
  });

  it('when the row is fresh, then it requests nothing and writes no observation that says the same', async () => {
    await world.evaluate(slug);
    await watch();
    const before = await observation();
    await watch();
    expect(await observation()).toEqual(before);
    expect(await request()).toBeUndefined();
    expect(woken.map((one) => one.repoId)).not.toContain(repoId);
  });

  it('when an input changed, then it requests the repository with the reason, and records the observation', async () => {
    await world.evaluate(slug);
    await watch();
    const before = await observation();
    await world.write(slug, 'SCOPE.md', '# Another scope\n');
    await world.sql`insert into repo_goals (repo_id, title) values (${repoId}, 'A goal')`;
    await watch();
    expect(await request()).toMatchObject({ reason: 'goal changed, SCOPE.md changed' });
    const after = await observation();
    expect(after?.fingerprint).not.toBe(before?.fingerprint);
    expect(after && before && after.seen_at > before.seen_at).toBe(true);
  });

  it('when a row is near its age limit, then it requests it before it reads stale, and no other row', async () => {
    await world.evaluate(slug);
    await judgedAgo('16 hours');
    await watch();
    expect(await request()).toBeUndefined();
    await judgedAgo('6 hours');
    await watch();
    expect(await request()).toMatchObject({ reason: 'over its age' });
    expect((await world.read(slug)).stale).toBe(false);
    // The worker judges it again and does not complete it as fresh: otherwise each pass would request it.
    const { outcome } = await handleJob(world.deps, repoId, new AbortController().signal);
    expect(outcome).toMatchObject({ end: 'written', ran: 14 });
    await watch();
    expect(await request()).toBeUndefined();
  });

  it('when a page fails, then it wakes for the requests of the others and records no heartbeat', async () => {
    await world.sql`
      insert into managed_repos (id, slug, name, host_paths)
      select gen_random_uuid(), 'other-' || n, 'other', '{"here": "/nowhere"}' from generate_series(1, 300) n`;
    const heartbeat = async () =>
      (await world.sql`select heartbeat::text from doi_host where host = 'here'`)[0];
    const before = await heartbeat();
    const { prober } = world.deps;
    const probe: typeof prober.probe = async (targets, options) => {
      if (!targets.some(({ id }) => id === repoId)) throw new Error('broken');
      return prober.probe(targets, options);
    };
    const broken = Object.assign(Object.create(prober), { probe });
    await expect(watch({ prober: broken })).rejects.toThrow('broken');
    expect(woken.map((one) => one.repoId)).toContain(repoId);
    expect(await heartbeat()).toEqual(before);
    await world.sql`delete from managed_repos where slug like 'other-%'`;
  });

  it('when a newer release wrote the row, then it requests nothing', async () => {
    const { release } = world.deps;
    await world.evaluate(slug);
    await world.write(slug, 'SCOPE.md', '# Another scope\n');
    await world.sql`
      update doi_cache set fingerprint = replace(fingerprint, 'criteria:', 'criteria:9')
      where repo_id = ${repoId}`;
    await watch();
    expect(await request()).toBeUndefined();
    await watch({ release: { ...release, version: `9${release.version}` } });
    expect(await request()).toBeDefined();
  });

  it('when a request is open for more than five seconds, then it wakes again with the priority of the request', async () => {
    await world.evaluate(slug);
    await addRequests(world.sql, [plainRequest(repoId, { priority: 2, wanted: null })]);
    await watch();
    expect(woken.map((one) => one.repoId)).not.toContain(repoId);
    await world.sql`update doi_request set requested_at = requested_at - interval '6 seconds'
      where repo_id = ${repoId}`;
    expect((await watch()).wokenAgain).toBeGreaterThan(0);
    expect(woken).toContainEqual({ repoId, host: 'here', priority: 2 });
  });

  it('records a heartbeat with the time at which the pass began', async () => {
    const [before] = await world.sql`select clock_timestamp() as at`;
    await watch();
    const [host] = await world.sql`select *, heartbeat between ${before?.['at']} and clock_timestamp() as now
      from doi_host where host = 'here'`;
    expect(host).toMatchObject({ capacity: 3, version: world.deps.release.version, now: true });
  });

  it('when Redis is away, then it records observations and a heartbeat, and throws after that', async () => {
    const away = new DoiError('redis_unavailable', 'Redis does not answer.', 'Start it.');
    await expect(watch({ wake: () => Promise.reject(away) })).rejects.toBe(away);
    expect(await observation()).toMatchObject({ host: 'here' });
    expect(await request()).toBeDefined();
  });

  it('when a checkout could not be read, then it records that without a fingerprint', async () => {
    await world.evaluate(slug);
    await rename(world.path(slug, 'SCOPE.md'), world.path(slug, 'kept'));
    await watch();
    expect((await observation())?.fingerprint).toContain('SCOPE.md:absent');
    await watch({ checker: { kind: 'command', argv: ['/nowhere/checker'], output: 'json' } });
    expect((await observation())?.fingerprint).toBeNull();
  });
});

describe('the home of a repository', () => {
  const there = (change: Partial<WatchDependencies> = {}) => watch({ host: 'there', ...change });

  it('stays the host that has claimed it, as long as that has a checkout', async () => {
    await watch();
    await world.sql`update managed_repos set host_paths = null, local_path = ${world.path(slug)}
      where id = ${repoId}`;
    await there();
    expect(await observation()).toMatchObject({ host: 'here' });
  });

  it('becomes a host that has a checkout, when the claiming one has none any more', async () => {
    await world.sql`update managed_repos set host_paths = ${world.sql.json({
      here: world.path('nowhere'),
      there: world.path(slug),
    })} where id = ${repoId}`;
    await watch();
    expect(await observation()).toMatchObject({ host: 'here' });
    await there();
    expect(await observation()).toMatchObject({ host: 'there' });
    // And stays there: the former home does not take it back.
    await watch();
    expect(await observation()).toMatchObject({ host: 'there' });
  });

  it('stays while no other host has a checkout either', async () => {
    await watch();
    await rm(world.path(slug), { recursive: true });
    await watch();
    await there();
    expect(await observation()).toMatchObject({ host: 'here' });
  });
});

describe('watching', () => {
  it('goes on after a pass that failed, and ends when the signal aborts', async () => {
    const stop = new AbortController();
    const passed = makeGate();
    const errors: unknown[] = [];
    let fails = true;
    const wake = async () => {
      if (!fails) return;
      fails = false;
      throw new DoiError('redis_unavailable', 'Redis does not answer.', 'Start it.');
    };
    const ended = watchUntil(watching({ wake }), {
      ...{ everyMs: 1, signal: stop.signal, onPass: () => passed.open() },
      onError: (error) => errors.push(error),
    });
    await passed.opened;
    expect(errors).toMatchObject([{ code: 'redis_unavailable' }]);
    stop.abort();
    await ended;
  });

  it('pauses the longer, the longer a pass took', async () => {
    const stop = new AbortController();
    const sleeps: number[] = [];
    let now = Date.now();
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        sleeps.push(ms);
        stop.abort();
      },
    };
    const wake = async () => {
      now += 3500;
    };
    const settings = { everyMs: 30_000, signal: stop.signal, onPass: () => {} };
    await watchUntil(watching({ clock, wake }), {
      ...settings,
      onError: (error) => expect(error).toBeUndefined(),
    });
    expect(sleeps).toEqual([31_500]);
  });
});
