import { watch as watchFolder, writeFileSync } from 'node:fs';
import { appendFile, mkdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import type { CheckoutProber } from '../../../src/inputs/probe/checkout-prober.js';
import type { Log } from '../../../src/platform/log.js';
import { type FileEventOptions, FileEvents } from '../../../src/producer/file-events.js';
import type { WatchFolder } from '../../../src/producer/folder-watches.js';
import { watchOnce } from '../../../src/producer/watch.js';
import type { Wake } from '../../../src/queue/waker.js';
import { handleJob } from '../../../src/worker/handle-job.js';
import { openWorld, type World } from '../../helpers/world.js';
import { readRequest } from '../store/rows.js';

const FILES = {
  'SCOPE.md': '# Scope\n',
  'AGENTS.md': 'kaizen\n',
  '.claude/rules/one.md': '# One\n',
  'workplans/archived/old.md': 'old\n',
};
// No probe may be under way: a repository is probed at most every 100 ms.
const QUIET_MS = 300;

let world: World;
let slug: string;
let repoId: string;
let count = 0;
let running: Running | undefined;
beforeAll(async () => {
  world = await openWorld('file-events');
});
beforeEach(async () => {
  count += 1;
  slug = `repo-${count}`;
  repoId = await world.add(slug, FILES);
  await symlink('AGENTS.md', world.path(slug, 'CLAUDE.md'));
  await world.evaluate(slug);
});
afterEach(async () => {
  await running?.events.close();
  await world.sql`update managed_repos set status = 'archived'`;
});
afterAll(() => world.close());

interface Running {
  readonly events: FileEvents;
  /** One complete pass, as the timer makes it. */
  pass(): Promise<unknown>;
  /** How often the checkout was probed. */
  probes(): number;
  /** Waits until no probe is under way. */
  quiet(): Promise<void>;
  /** The paths that are watched now. */
  readonly watched: Set<string>;
  readonly said: { level: string; fields: Record<string, unknown>; message: string }[];
}

interface Change {
  wake?: () => Promise<void>;
  /** How many watches there are. */
  limit?: number;
  /** Whether a probe is to find that the checkout could not be read. */
  isMissed?: () => boolean;
  /** Is called just before a folder is watched. */
  beforeWatch?: (path: string) => void;
}

/** Begins with no open request: from here on no pass is made, and nothing else requests. */
async function begin(change: Change = {}): Promise<Running> {
  let probes = 0;
  let last = performance.now();
  let isReady = false;
  const probe: CheckoutProber['probe'] = async (targets, options) => {
    if (options.folders && targets.some(({ id }) => id === repoId)) probes += 1;
    last = performance.now();
    if (isReady && change.isMissed?.()) {
      const missed = { failed: 'Not in time.', code: 'probe_timed_out', tookMs: 1 } as const;
      return new Map(targets.map(({ id }) => [id, missed]));
    }
    return world.deps.prober.probe(targets, options);
  };
  const watched = new Set<string>();
  const watch: WatchFolder = (path, options, listener) => {
    const name = path.toString();
    if (watched.size >= (change.limit ?? 99)) throw Object.assign(new Error('none left'), { code: 'ENOSPC' });
    change.beforeWatch?.(name);
    const watcher = watchFolder(name, options, listener);
    watched.add(name);
    watcher.on('close', () => watched.delete(name));
    return watcher;
  };
  const said: Running['said'] = [];
  const say = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void said.push({ level, fields, message });
  const log = { info: say('info'), warn: say('warn'), debug: say('debug') } as unknown as Log;
  const wake = change.wake ?? (async (wakes: readonly Wake[]) => void woken.push(...wakes));
  const deps = { ...world.deps, prober: { probe } as CheckoutProber, wake };
  const settings: FileEventOptions = { deps, log, watch };
  const events = new FileEvents(settings);
  const pass = () =>
    watchOnce({ ...deps, wake: async () => {}, capacity: 1, folders: true, observer: events });
  const isQuiet = () => performance.now() - last > QUIET_MS;
  const quiet = () => expect.poll(isQuiet, { timeout: 10_000, interval: 20 }).toBe(true);
  running = { events, pass, probes: () => probes, quiet, watched, said };
  await pass();
  await quiet();
  woken = [];
  isReady = true;
  return running;
}

let woken: Wake[] = [];
/** Waits until this host is woken; by nothing else than an event. */
const isWoken = () =>
  expect
    .poll(() => woken.filter((one) => one.repoId === repoId), { timeout: 5000, interval: 5 })
    .not.toEqual([]);

/** Handles all requests, and waits until nothing is under way. */
async function judge({ quiet }: Running): Promise<void> {
  // A change in several steps may be requested again while it is judged.
  while ((await readRequest(world.sql, repoId)) !== undefined) {
    await handleJob(world.deps, repoId, new AbortController().signal);
    await quiet();
  }
  woken = [];
}

type Step = (path: (name: string) => string) => Promise<unknown>;
const write = (name: string): Step => {
  return async (path) => {
    await mkdir(join(path(name), '..'), { recursive: true });
    await writeFile(path(name), `# Changed ${count}\n`);
  };
};
const steps = (...all: Step[]): Step => {
  return async (path) => {
    for (const step of all) await step(path);
  };
};
const removeFolder = (name: string): Step => {
  return (path) => rm(path(name), { recursive: true });
};
const move = (from: string, to: string): Step => {
  return (path) => rename(path(from), path(to));
};

/** What is done one after the other, each of it noticed by itself. */
const EDITS: Record<string, Step[]> = {
  'a file that is written in place': [write('SCOPE.md')],
  'a file that is replaced by rename': [steps(write('SCOPE.md.new'), move('SCOPE.md.new', 'SCOPE.md'))],
  'a file that is deleted': [(path) => unlink(path('SCOPE.md'))],
  'a file that is made': [write('tpsc.yaml')],
  'a file that another links to': [(path) => appendFile(path('AGENTS.md'), 'more\n')],
  'a rule': [write('.claude/rules/one.md')],
  'a workplan': [write('workplans/new.md')],
  'a workplan in the archive': [write('workplans/archived/old.md')],
  'the rules that are made after the start, and their next edit': [
    removeFolder('.claude'),
    write('.claude/rules/one.md'),
    write('.claude/rules/one.md'),
  ],
  'a folder that is removed and made again, and the next edit in it': [
    steps(removeFolder('workplans'), write('workplans/archived/old.md')),
    write('workplans/archived/old.md'),
    write('workplans/new.md'),
  ],
  'a folder that makes way for another, and the next edit in that': [
    steps(write('other/one.md'), move('workplans', 'away'), move('other', 'workplans')),
    write('workplans/one.md'),
  ],
  'a checkout that makes way for another, and the next edit in that': [
    steps(write('../other/SCOPE.md'), move('.', '../away'), move('../other', '.')),
    write('SCOPE.md'),
  ],
  'a checkout that is removed, made again later, and edited': [
    removeFolder('.'),
    write('SCOPE.md'),
    write('SCOPE.md'),
  ],
};

describe('a file system event', () => {
  it.each(Object.entries(EDITS))(
    'comes for %s',
    async (_, edits) => {
      const now = await begin();
      const path = (name: string) => join(world.path(slug), name);
      for (const edit of edits) {
        await edit(path);
        await isWoken();
        expect((await readRequest(world.sql, repoId))?.priority).toBe(5);
        await judge(now);
      }
      expect((await world.read(slug)).stale).toBe(false);
      await rm(world.path('away'), { recursive: true, force: true });
    },
    60_000,
  );

  it('is followed by an observation before any worker has judged the repository', async () => {
    const read = async () => {
      const [row] = await world.sql<{ fingerprint: string }[]>`
        select fingerprint from doi_observation where repo_id = ${repoId}`;
      return row?.fingerprint;
    };
    await begin();
    const before = await read();
    await writeFile(world.path(slug, 'SCOPE.md'), '# Another\n');
    await expect.poll(read, { timeout: 5000, interval: 5 }).not.toBe(before);
  });

  it('is not needed for an edit between the probe that found a folder and its watch', async () => {
    const file = world.path(slug, 'workplans/archived/old.md');
    const beforeWatch = (path: string) => {
      if (path === world.path(slug, 'workplans/archived')) writeFileSync(file, 'edited\n');
    };
    await begin({ beforeWatch });
    expect(await readRequest(world.sql, repoId)).toMatchObject({ reason: 'workplans changed' });
  });

  it('that comes a thousand times leads to few probes', async () => {
    const { probes, quiet } = await begin();
    const [before, began] = [probes(), performance.now()];
    for (let n = 0; n < 1000; n += 1) await appendFile(world.path(slug, 'some.log'), 'line\n');
    const took = performance.now() - began;
    await quiet();
    expect(probes()).toBeGreaterThan(before);
    expect(probes() - before).toBeLessThanOrEqual(took / 100 + 3);
    expect(woken).toEqual([]);
  });

  it('does not come for a repository that moved to another host, which is not watched any more', async () => {
    const { probes, quiet, watched } = await begin();
    expect(watched.size).toBe(5);
    await world.sql`update managed_repos set host_paths = '{"other":"/x"}' where id = ${repoId}`;
    await writeFile(world.path(slug, 'SCOPE.md'), '# Another\n');
    await expect.poll(() => watched.size, { timeout: 5000, interval: 5 }).toBe(0);
    await quiet();
    expect(woken).toEqual([]);
    const before = probes();
    await writeFile(world.path(slug, 'SCOPE.md'), '# One more\n');
    await quiet();
    expect(probes()).toBe(before);
  });

  it('when its probe could not read the checkout, then the worker probes again without another event', async () => {
    let misses = 2;
    const { probes } = await begin({ isMissed: () => misses-- > 0 });
    const before = probes();
    await writeFile(world.path(slug, 'SCOPE.md'), '# Another\n');
    await expect
      .poll(async () => (await readRequest(world.sql, repoId))?.reason, { timeout: 5000, interval: 5 })
      .toBe('SCOPE.md changed');
    expect(probes() - before).toBeGreaterThan(2);
  });

  it('when its probe fails, then the worker probes again without another event', async () => {
    let fails = true;
    const wake = async () => {
      woken.push({ repoId, host: 'here', priority: 5 });
      if (fails) throw new DoiError('redis_unavailable', 'Redis does not answer.', 'Start it.');
    };
    const { said } = await begin({ wake });
    await writeFile(world.path(slug, 'SCOPE.md'), '# Another\n');
    await isWoken();
    const failed = { level: 'warn', fields: { error: { code: 'redis_unavailable' } } };
    await expect.poll(() => said[0]).toMatchObject(failed);
    // Requested already, which the next probe would not do again.
    await world.sql`delete from doi_request where repo_id = ${repoId}`;
    fails = false;
    woken = [];
    await isWoken();
  });
});

describe('where the system has too few watches', () => {
  it('the log says so once, with the numbers and a remedy, and again when there are enough', async () => {
    await world.sql`update managed_repos set status = 'archived' where id <> ${repoId}`;
    const limits = { limit: 2 };
    const { said, pass, watched } = await begin(limits);
    await pass();
    expect(watched.size).toBe(2);
    expect(said).toEqual([
      {
        level: 'warn',
        fields: {
          code: 'ENOSPC',
          ...{ watched: 0, left: 1 },
          remedy: expect.stringContaining('fs.inotify.max_user_watches'),
        },
        message: expect.stringContaining('no watches are left'),
      },
    ]);
    // The watch of the root is the first.
    await writeFile(world.path(slug, 'SCOPE.md'), '# Another\n');
    await isWoken();
    limits.limit = 99;
    await pass();
    expect(watched.size).toBe(5);
    expect(said.map(({ level }) => level)).toEqual(['warn', 'info']);
  });
});
