/** A world with real workers and a checker that runs, for each repository, the shell script that a test gives it. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckerSettings } from '../../src/platform/config.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import type { WorkerLimits } from '../../src/worker/run-worker.js';
import { BARE, processesWith, type Running, startProgram } from '../e2e/programs.js';
import { openTestRedis, type TestRedis } from '../helpers/test-redis.js';
import { openWorld, type World } from '../helpers/world.js';

export interface WorkerWorld {
  readonly world: World;
  readonly redis: TestRedis;
  /** What workers get; may be changed before one is started. */
  env: NodeJS.ProcessEnv;
  /** The checker's program. */
  readonly checker: string;
  /** Started in a process group of its own, and ended with the world. */
  startWorker(env?: NodeJS.ProcessEnv): Running;
  /** The same with limits of its own, so that a test need not wait 10 s for each. */
  startImpatientWorker(limits: Partial<WorkerLimits>): Running;
  /** What checks of a repository do before they find nothing, as a shell script; nothing where it is left out. */
  behaves(slug: string, script?: string): Promise<void>;
  /** The command lines of all that a check of a repository started and that still runs, whatever session it is in. */
  checksOf(slug: string): Promise<string[]>;
  /** All processes of workers and of their checks. */
  processes(): Promise<string[]>;
  close(): Promise<void>;
}

// Each check and what it starts has the path of the checkout among its arguments or in its environment. A core of one
// that crashes would lie in the worker's folder.
const CHECKER = `#!/bin/sh
here="\${0%/*}"
export LC_CHECKOUT="$1"
ulimit -c 0
date +%s%N >> "$here/starts/$2"
script="$here/scripts/$2"
[ ! -f "$script" ] || . "$script"
printf '{"repo": "%s", "findings": []}' "$2"
`;

const LIMITS: WorkerLimits = { graceMs: 10_000 };

export async function openWorkerWorld(name: string): Promise<WorkerWorld> {
  const world = await openWorld(name);
  const redis = await openTestRedis();
  const mark = randomUUID();
  const running = new Set<Running>();
  const place = world.path('.checker');
  for (const folder of ['starts', 'scripts']) await mkdir(join(place, folder), { recursive: true });
  const checker = join(place, 'check');
  await writeFile(checker, CHECKER, { mode: 0o755 });
  const settings: CheckerSettings = { kind: 'command', argv: [checker, '{path}', '{slug}'], output: 'json' };
  world.deps = { ...world.deps, checker: settings };
  const env: NodeJS.ProcessEnv = {
    ...BARE,
    ...{ DATABASE_URL: world.url, REDIS_URL: redis.url, DOI_HOST: 'here', LOG_LEVEL: 'warn', LC_MARK: mark },
    ...{ DOI_WATCH_SECONDS: '1', DOI_CONSISTENCY_COMMAND: JSON.stringify(settings.argv) },
  };
  const start =
    (program: string, ...argv: string[]) =>
    (change: NodeJS.ProcessEnv) => {
      const one = startProgram([process.execPath, join(packageRoot, program), ...argv], change);
      running.add(one);
      one.done.then(() => running.delete(one));
      return one;
    };
  const startWorker = start('bin/doi', 'worker');
  const self: WorkerWorld = {
    ...{ world, redis, env, checker },
    startWorker: (change = self.env) => startWorker(change),
    startImpatientWorker: (limits) =>
      start('test/fault/impatient-worker.mjs', JSON.stringify({ ...LIMITS, ...limits }))(self.env),
    async behaves(slug, script) {
      const file = join(place, 'scripts', slug);
      if (script === undefined) return rm(file, { force: true });
      // A check reads all of a script or none.
      await writeFile(`${file}.new`, `${script}\n`);
      await rename(`${file}.new`, file);
    },
    checksOf: (slug) => processesWith(`${world.path(slug)}\0`),
    processes: () => processesWith(mark),
    async close() {
      for (const one of running) one.signal('SIGKILL');
      await Promise.all([...running].map((one) => one.done));
      await redis.close();
      await world.close();
    },
  };
  return self;
}
