/** How a task in a thread ended, and how an error gets from a thread, or another process, to the one that asked. */
import { DoiError, ERRORS, type ErrorCode } from '../../domain/errors.js';

/** An error that crossed from there; `code` and `remedy` only where it was one of the catalogue. */
export interface ThreadError {
  readonly message: string;
  /** Where an unexpected error came from: for a log, and no answer. */
  readonly stack?: string;
  readonly code?: ErrorCode;
  readonly remedy?: string;
}

/**
 * How a task ended. `late`: it got on, and was not done in time. `hung`: it made no step in time. `skipped`: it was not begun, because
 * the owner of the thread said so. `crashed`: the thread ended under it; a sentence that says how. `unstarted`: it was
 * not begun, because the thread could not be started or was closed; a sentence that says which.
 */
export type Outcome<Answer> =
  | { readonly answer: Answer }
  | { readonly error: ThreadError }
  | { readonly late: true }
  | { readonly hung: true }
  | { readonly skipped: true }
  | { readonly crashed: string }
  | { readonly unstarted: string };

/** Thrown by a task's next step when its time is over. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** Runs one task in a thread; what it throws becomes an outcome. */
export function attempt<Task, Answer>(handle: (task: Task) => Answer, task: Task): Outcome<Answer> {
  try {
    return { answer: handle(task) };
  } catch (error) {
    if (error instanceof OutOfTime) return { late: true };
    return { error: sendableError(error) };
  }
}

/** The error as it is sent, without what only this side can hold. */
export function sendableError(error: unknown): ThreadError {
  if (error instanceof DoiError) return { message: error.message, code: error.code, remedy: error.remedy };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return stack === undefined ? { message } : { message, stack };
}

/** The error again, on this side. */
export function reviveError(error: ThreadError): Error {
  if (error.code === undefined || !Object.hasOwn(ERRORS, error.code)) {
    return Object.assign(new Error(error.message), error.stack === undefined ? {} : { stack: error.stack });
  }
  return new DoiError(error.code, error.message, error.remedy ?? 'See docs/errors.md.');
}
