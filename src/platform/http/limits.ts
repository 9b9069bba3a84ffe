/** What the HTTP server gives a connection and a request at most. */

export interface HttpLimits {
  /** How long the headers of a request may take, from the connection's beginning or the last answer's end. */
  readonly headersMs: number;
  /** How long a whole request may take to come. */
  readonly requestMs: number;
  /** How often connections are looked at that are over either. */
  readonly checkMs: number;
  /** How long a connection may wait for its next request. */
  readonly idleMs: number;
  /** How long nothing may move on a connection while it is answered: a client that does not read is let go. */
  readonly stalledMs: number;
  readonly connections: number;
  /** How many connections of one address may be open without a whole request. */
  readonly waitingPerAddress: number;
  /** In bytes, where a route does not say otherwise. */
  readonly bodyBytes: number;
  /** How long requests under way have to end when the server stops. */
  readonly stopMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headersMs: 15_000,
  requestMs: 15_000,
  checkMs: 5_000,
  // Longer than a proxy keeps one (nginx: 60 s), so that none is ended while the proxy uses it again.
  idleMs: 72_000,
  // Longer than anybody may wait for an answer.
  stalledMs: 60_000,
  connections: 4_096,
  // More than a proxy keeps open to one server; a quarter of the room.
  waitingPerAddress: 1_024,
  bodyBytes: 64 * 1024,
  stopMs: 2_000,
};
