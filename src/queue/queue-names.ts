/** The names of the queues and of their keys in Redis. */

/** The queue of the nightly sweep. No host's queue can have this name: each of those begins with `host-`. */
export const NIGHTLY_QUEUE = 'nightly';

/** The queue of a host. */
export function hostQueue(host: string): string {
  return `host-${host}`;
}

/** What the keys of an installation begin with, so that several can share one Redis. */
export function queuePrefix(installation: string): string {
  return `doi-${installation}`;
}
