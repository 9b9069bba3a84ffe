/** The ways in which handling a wake-up ends, as its log line and the metrics name them. */
import type { DoiError } from '../domain/errors.js';

/**
 * How handling a wake-up ended. `failed`: the failure was recorded. `put-off`: the request is deferred, through no fault of
 * the repository. `put-back`: the job goes back to the queue; `hostProblem`: why, where it is the host's.
 */
export type Outcome =
  | { readonly end: 'nothing-asked' | 'not-mine' | 'gone' | 'older-release' | 'fresh' }
  | { readonly end: 'waiting'; readonly retryMs: number }
  | { readonly end: 'written'; readonly ran: number; readonly kept: number; readonly unsettled: boolean }
  | { readonly end: 'failed' | 'put-off'; readonly error: DoiError }
  | { readonly end: 'put-back'; readonly hostProblem?: DoiError };

/** How a step ends. `superseded`: a newer evaluation was written meanwhile, so the request is to be started again. */
export type StepOutcome = Outcome | { readonly end: 'superseded' };
