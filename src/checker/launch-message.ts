/** The messages between a process and its launcher. */
import type { ThreadError } from '../platform/threads/thread-outcome.js';
import type { RunOptions, RunResult } from './run-subprocess.js';

/** To the launcher: run this program, or abort the run with this id. */
export type LaunchRequest =
  | { readonly id: number; readonly options: Omit<RunOptions, 'signal'> }
  | { readonly id: number; readonly abort: true };

/** From the launcher: how a run ended. */
export type LaunchReply =
  | { readonly id: number; readonly result: RunResult }
  | { readonly id: number; readonly error: ThreadError };
