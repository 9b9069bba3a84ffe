/** Brings a checkout up to the last push before it is judged, where the operator has set a command for that. */

import type { CheckedFolder, CommandOptions } from '../checker/run-command.js';
import { findUpdateCommand, runUpdate } from '../checker/run-update.js';
import { DoiError } from '../domain/errors.js';
import type { PushedCommit } from '../domain/remote-state.js';
import { MAX_STARTS, PRIORITY } from '../domain/request.js';
import { type CompleteNow, problemOf } from '../inputs/complete-now.js';
import { type ReadNowDeps, readOneNow } from '../inputs/read-now.js';
import type { Config } from '../platform/config.js';
import type { Sql } from '../platform/postgres/sql.js';
import { KeyedMutex } from '../platform/process/keyed-mutex.js';
import { expandHome } from '../platform/settings/setting-forms.js';
import type { LastPush, LastState } from '../store/evaluations/read-last-evaluation.js';
import { recordUpdate } from '../store/pushes.js';
import type { StartedRequest } from '../store/requests/start-requests.js';
import { waitBeforeRetry } from './failure.js';
import { checkoutOf } from './gather-values.js';

export interface UpdateDependencies extends ReadNowDeps {
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
  /** Lets one update at a time run in a folder, which repositories may share. Against other processes git has its own locks. */
  readonly turns: KeyedMutex;
}

/** How the update ended. `waits`: the update to this very push failed before, and its next try is not due. */
export type UpdateEnd =
  | { readonly state: 'none' | 'updated' }
  | { readonly state: 'failed'; readonly error: DoiError }
  | { readonly state: 'waits'; readonly retryMs: number };

export interface UpdateJob {
  readonly started: Pick<StartedRequest, 'priority' | 'starts'>;
  readonly last: Pick<LastState, 'failed' | 'push'>;
  /** Read with its head compared with {@link pushToPull}. */
  readonly now: CompleteNow;
  readonly signal: AbortSignal;
}

/** The push to which the checkout may have to be brought up. */
export function pushToPull(
  { update }: Pick<UpdateDependencies, 'update'>,
  { push }: Pick<LastState, 'push'>,
): LastPush | undefined {
  return update === undefined || push === null || push.isUpdated ? undefined : push;
}

/**
 * Brings a checkout up to date where it is known to be behind. A failed update is no verdict: the worker judges the
 * repository as it is. After `updated` and `failed`, the versions that were read before no longer hold.
 * @throws {DoiError} `host_exhausted`, `database_unavailable`; the signal's reason where that was aborted
 */
export async function updateCheckout(deps: UpdateDependencies, job: UpdateJob): Promise<UpdateEnd> {
  const { update } = deps;
  const { last, now } = job;
  const push = pushToPull(deps, last);
  const due = push === undefined || now.probe.head?.behind !== true ? 'no' : isDue(job, push);
  if (update === undefined || push === undefined || due === 'no') return { state: 'none' };
  if (due !== 'yes') return { state: 'waits', retryMs: due.retryMs };
  const end = await runInTurn(deps, { ...job, update, push });
  await recordUpdate(deps.sql, { ...push, repoId: now.registry.repoId }, end.state);
  return end;
}

/** Whether the update is due: for a push that has not failed yet, when the retry time has come, and for a person's request. */
function isDue({ started, last, now }: UpdateJob, push: LastPush): 'yes' | 'no' | { retryMs: number } {
  // A repository that ended its worker several times is only probed, not updated.
  if (started.starts > MAX_STARTS) return 'no';
  const { failed } = last;
  if (failed === null || failed.retryMs <= 0 || !push.hasFailed) return 'yes';
  if (started.priority === PRIORITY.person) return 'yes';
  if (failed.code === 'update_failed') return { retryMs: failed.retryMs };
  // Something else failed last, such as the checker: the update is retried together with the evaluation.
  return waitBeforeRetry(failed, started, now.fingerprint) === undefined ? 'yes' : 'no';
}

interface DueUpdate extends UpdateJob {
  readonly update: CheckoutUpdate;
  readonly push: PushedCommit;
}

type FinishedUpdate = Extract<UpdateEnd, { state: 'failed' }> | { readonly state: 'updated' };

function runInTurn(
  deps: UpdateDependencies,
  { update, push, now, signal }: DueUpdate,
): Promise<FinishedUpdate> {
  return update.turns.run(realFolder(now), async () => {
    signal.throwIfAborted();
    // Meanwhile the update of another repository in this folder may have pulled the push.
    if (!(await isBehind(deps, now, push))) return { state: 'updated' };
    try {
      const path = expandHome(checkoutOf(now).path ?? '');
      await update.run({ path, slug: now.registry.slug, owner: now.probe.owner }, signal);
      return { state: 'updated' };
    } catch (error) {
      if (!(error instanceof DoiError && error.code === 'update_failed') || signal.aborted) throw error;
      return { state: 'failed', error };
    }
  });
}

async function isBehind(deps: UpdateDependencies, now: CompleteNow, pushed: PushedCommit): Promise<boolean> {
  const after = await readOneNow(deps, { ...now.registry, pushed }, { isHere: () => true, head: true });
  if (after.probe === null) throw problemOf(after);
  return after.probe.head?.behind === true;
}

/** Names the folder itself, the same for all paths to it: its version ends with device and inode. */
function realFolder({ known: { checkout } }: CompleteNow): string {
  return checkout.slice(checkout.lastIndexOf('#'));
}

/**
 * Opens the update, where a command for it is set.
 * @throws {DoiError} `bad_configuration` where the command cannot be started, since that would not be noticed later
 */
export function openUpdate(
  { updateCommand: argv, searchPath }: Config,
  running: Omit<CommandOptions, 'path' | 'slug' | 'signal'>,
): CheckoutUpdate | undefined {
  if (argv === undefined) return undefined;
  findUpdateCommand(argv, searchPath);
  const run: CheckoutUpdate['run'] = (checkout, signal) =>
    runUpdate({ ...running, ...checkout, argv, signal });
  return { run, turns: new KeyedMutex() };
}
