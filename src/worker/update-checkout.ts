/** Brings a checkout up to date with the last push before it is judged, where the operator has set a command for that. */

import type { CheckedFolder, CommandRequest } from '../checker/run-command.js';
import { findUpdateCommand, runUpdate } from '../checker/run-update.js';
import { DoiError } from '../domain/errors.js';
import { joinFingerprint } from '../domain/fingerprint.js';
import type { PushedCommit } from '../domain/git-remote.js';
import { MAX_STARTS, PRIORITY } from '../domain/request.js';
import type { Config } from '../platform/config.js';
import type { Sql } from '../platform/postgres/sql.js';
import { KeyedMutex } from '../platform/process/keyed-mutex.js';
import { expandHome } from '../platform/settings/setting-forms.js';
import type { LastPush, LastState } from '../store/evaluations/read-last-evaluation.js';
import { recordUpdate } from '../store/pushes.js';
import type { StartedRequest } from '../store/requests/start-requests.js';
import { waitBeforeRetry } from './failure.js';
import { lacksPush, type ObserveDependencies, type Observed } from './observe.js';

export interface UpdateDependencies extends ObserveDependencies {
  readonly sql: Sql;
  /** Undefined where no command is set. */
  readonly update?: CheckoutUpdate | undefined;
}

export interface CheckoutUpdate {
  /**
   * Runs the command on a checkout.
   * @throws {DoiError} `update_failed`
   */
  readonly run: (checkout: CheckedFolder, signal: AbortSignal) => Promise<void>;
  /** By the real checkout: several repositories may have one. Git's own locks take care of other processes. */
  readonly turns: KeyedMutex;
}

/** What came of it. `waits`: it failed for this very push, and its time to be tried again has not come. */
export type UpdateEnd =
  | { readonly state: 'none' | 'updated' }
  | { readonly state: 'failed'; readonly error: DoiError }
  | { readonly state: 'waits'; readonly retryMs: number };

export interface UpdateJob {
  readonly started: Pick<StartedRequest, 'priority' | 'starts'>;
  readonly last: Pick<LastState, 'failed' | 'push'>;
  /** Observed with {@link pushToPull}. */
  readonly observed: Observed;
  readonly signal: AbortSignal;
}

/** The push that the checkout may have to be brought up to date with. */
export function pushToPull(
  { update }: Pick<UpdateDependencies, 'update'>,
  { push }: Pick<LastState, 'push'>,
): LastPush | undefined {
  return update === undefined || push === null || push.isUpdated ? undefined : push;
}

/**
 * Brings a checkout up to date where it is known to be behind. It is no verdict: where it fails, the repository is
 * judged as it is. What was observed before does not hold after `updated` and `failed`.
 * @throws {DoiError} `host_exhausted`, `database_unavailable`; the signal's reason where that was aborted
 */
export async function updateCheckout(deps: UpdateDependencies, job: UpdateJob): Promise<UpdateEnd> {
  const { update } = deps;
  const push = pushToPull(deps, job.last);
  const due = push === undefined || job.observed.behind !== true ? 'no' : isDue(job, push);
  if (update === undefined || push === undefined || due === 'no') return { state: 'none' };
  if (due !== 'yes') return { state: 'waits', retryMs: due.retryMs };
  const end = await takeTurn(deps, { ...job, update, push });
  await recordUpdate(deps.sql, { ...push, repoId: job.observed.registry.repoId }, end.state);
  return end;
}

/** It is tried again at its time, for another push, and when a person asks. */
function isDue({ started, last, observed }: UpdateJob, push: LastPush): 'yes' | 'no' | { retryMs: number } {
  // What ended its worker again and again is only looked at.
  if (started.starts > MAX_STARTS) return 'no';
  const { failed } = last;
  if (failed === null || failed.retryMs <= 0 || !push.hasFailed) return 'yes';
  if (started.priority === PRIORITY.person) return 'yes';
  if (failed.code === 'update_failed') return { retryMs: failed.retryMs };
  // Something else failed last, as the checker did: with what is going to be judged it is tried again.
  return waitBeforeRetry(failed, started, joinFingerprint(observed.versions)) === undefined ? 'yes' : 'no';
}

interface DueUpdate extends UpdateJob {
  readonly update: CheckoutUpdate;
  readonly push: PushedCommit;
}

type Tried = Extract<UpdateEnd, { state: 'failed' }> | { readonly state: 'updated' };

function takeTurn(deps: UpdateDependencies, { update, push, observed, signal }: DueUpdate): Promise<Tried> {
  const { target, registry, owner } = observed;
  return update.turns.run(realFolder(observed), async () => {
    signal.throwIfAborted();
    // That of another repository with this folder may have done it meanwhile.
    if (!(await lacksPush(deps, { ...target, pushed: push }))) return { state: 'updated' };
    try {
      await update.run({ path: expandHome(target.path ?? ''), slug: registry.slug, owner }, signal);
      return { state: 'updated' };
    } catch (error) {
      if (!(error instanceof DoiError && error.code === 'update_failed') || signal.aborted) throw error;
      return { state: 'failed', error };
    }
  });
}

/** Names the folder itself, by whichever path it is registered: its version ends with device and inode. */
function realFolder({ versions: { checkout } }: Observed): string {
  return checkout.slice(checkout.lastIndexOf('#'));
}

/* Opens what brings checkouts up to date, where a command for that is set. */

/** @throws {DoiError} `bad_configuration` where the command cannot be started: nobody would notice it later */
export function openUpdate(
  { updateCommand: argv, searchPath }: Config,
  running: Omit<CommandRequest, 'path' | 'slug' | 'signal'>,
): CheckoutUpdate | undefined {
  if (argv === undefined) return undefined;
  findUpdateCommand(argv, searchPath);
  const run: CheckoutUpdate['run'] = (checkout, signal) =>
    runUpdate({ ...running, ...checkout, argv, signal });
  return { run, turns: new KeyedMutex() };
}
