/** What a job throws that stops waiting for a git server: its request is deferred, and resumed when the fetch has ended. */
import { DoiError } from '../domain/errors.js';

/** How long a job waits for a git server, in milliseconds: others need its place. */
export const JOB_WAIT_MS = 5000;
/** After so long at the latest, a job that did not wait for a git server is started again, in milliseconds. */
export const DEFER_MS = 60_000;

/** Thrown while a fetch of objects goes on. It is no failure, and no row has it. */
export class StillFetching extends DoiError {
  constructor() {
    const found = 'Objects of the mirror are being fetched, and that takes long.';
    super('remote_unreachable', found, 'The evaluation goes on when they are there.');
  }
}
