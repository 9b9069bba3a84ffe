/** The outcome of a task in a thread, and the form in which errors cross from a thread or another process. */
import { DoiError, ERRORS, type ErrorCode } from '../../domain/errors.js';

/** An error in the form in which it crosses; `code` and `remedy` only for errors of the catalogue. */
export interface ThreadError {
  readonly message: string;
  /** For an unexpected error: shown in the log, never in an answer. */
  readonly stack?: string;
  readonly code?: ErrorCode;
  readonly remedy?: string;
}

/**
 * How a task ended. `late`: it made steps, and was not done in time. `hung`: it made no step in time. `skipped`: it did not
 * run, because the option `skip` said so. `crashed`: the thread ended during it; a sentence on how. `unstarted`: it did not
 * run, because the thread could not be started or was closed; a sentence on which.
 */
export type Outcome<Answer> =
  | { readonly answer: Answer }
  | { readonly error: ThreadError }
  | { readonly late: true }
  | { readonly hung: true }
  | { readonly skipped: true }
  | { readonly crashed: string }
  | { readonly unstarted: string };

/** The next step of a task throws it when the task's time is over. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** Runs one task inside the thread; its error becomes an outcome. */
export function attempt<Task, Answer>(handle: (task: Task) => Answer, task: Task): Outcome<Answer> {
  try {
    return { answer: handle(task) };
  } catch (error) {
    if (error instanceof OutOfTime) return { late: true };
    return { error: sendableError(error) };
  }
}

/** The error in the form in which it can be sent. */
export function sendableError(error: unknown): ThreadError {
  if (error instanceof DoiError) return { message: error.message, code: error.code, remedy: error.remedy };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return stack === undefined ? { message } : { message, stack };
}

/** Makes an error of what was sent. */
export function reviveError(error: ThreadError): Error {
  if (error.code === undefined || !Object.hasOwn(ERRORS, error.code)) {
    return Object.assign(new Error(error.message), error.stack === undefined ? {} : { stack: error.stack });
  }
  return new DoiError(error.code, error.message, error.remedy ?? 'See docs/errors.md.');
}
