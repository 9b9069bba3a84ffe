/** What a process and its launcher say to each other. */
import type { ThreadError } from '../platform/threads/thread-outcome.js';
import type { RunOptions, RunResult } from './run-subprocess.js';

/** Told to the launcher: run this, or abort what it runs under that id. */
export type LaunchRequest =
  | { readonly id: number; readonly options: Omit<RunOptions, 'signal'> }
  | { readonly id: number; readonly abort: true };

/** Told by the launcher: how it ended. */
export type LaunchReply =
  | { readonly id: number; readonly result: RunResult }
  | { readonly id: number; readonly error: ThreadError };
