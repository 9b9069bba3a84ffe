/** Opens what a worker needs for repositories without a working folder: git's objects, and mirrors of remotes. */
import type { LimitFunction } from 'p-limit';
import type { Isolation } from '../checker/isolation.js';
import type { Launcher } from '../checker/launcher.js';
import type { Clock } from '../platform/clock.js';
import { openScratchFolder } from '../platform/process/scratch-folder.js';
import { type ProbeAndRequestDeps, probeAndRequest } from '../producer/request-after-probe.js';
import type { Waker } from '../queue/waker.js';
import { resumeLeftRequests, resumeRequest } from '../store/requests/end-requests.js';
import { type OpenGit, openGit } from './open-git.js';
import { type OpenMirrors, openMirrors } from './open-mirrors.js';
import { placeMirrors } from './place-mirrors.js';
import type { WorkerProcess } from './worker-process.js';

/** How long reading what one commit holds may take, in milliseconds. */
const READ_TIMEOUT_MS = 30_000;

export interface BareDeps {
  readonly shared: ProbeAndRequestDeps & { readonly clock: Clock };
  readonly installation: string;
  readonly wake: Waker['wake'];
  readonly run: Launcher['run'];
  readonly isolation: Isolation;
  readonly limit: LimitFunction;
}

/** Opens both in the worker's scope; the mirrors are started by the caller. */
export async function openBare(
  { config, log, scope }: WorkerProcess,
  { shared, installation, wake, run, ...reading }: BareDeps,
): Promise<{ git: OpenGit; mirrors: OpenMirrors }> {
  const { environment, checkUser, checkerInputs } = config;
  const { sql, clock } = shared;
  const scratch = scope.add('scratch folder', await openScratchFolder(), (it) => it.close());
  await placeMirrors({ config, sql, log, installation });
  await resumeLeftRequests(sql, config.host);
  const mirrors = openMirrors({
    ...{ config, sql, clock, log, installation, run, environment },
    onEnd: async (repoId) => {
      await probeAndRequest({ ...shared, readCommit: git.readCommitHere }, [repoId], wake);
      await wake(
        (await resumeRequest(sql, repoId)).map((priority) => ({ repoId, priority, host: config.host })),
      );
    },
  });
  scope.add('mirrors', mirrors, (it) => it.close());
  const git = openGit({
    ...{ ...reading, run, environment, checkUser, checkerInputs, scratch, timeoutMs: READ_TIMEOUT_MS },
    fetchObjects: mirrors.fetchObjects,
  });
  return { git, mirrors };
}
