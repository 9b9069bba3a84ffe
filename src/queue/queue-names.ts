/** Names the queues and their keys in Redis. */

/** The queue of the nightly sweep. No host's queue can have this name: each of those begins with `host-`. */
export const NIGHTLY_QUEUE = 'nightly';

/** The queue of a host. */
export function hostQueue(host: string): string {
  return `host-${host}`;
}

/** The prefix of an installation's keys, so that several installations can share one Redis. */
export function queuePrefix(installation: string): string {
  return `doi-${installation}`;
}
