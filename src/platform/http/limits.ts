/** The limits of the HTTP server on connections and requests. */

export interface HttpLimits {
  /** How long the headers of a request may take, from the connection's beginning or the last answer's end. */
  readonly headersMs: number;
  /** How long a whole request may take to arrive. */
  readonly requestMs: number;
  /** How often the server checks connections for these two limits. */
  readonly checkMs: number;
  /** How long a connection may wait for its next request. */
  readonly idleMs: number;
  /** How long no byte may move on a connection during its answer: the server drops a client that does not read. */
  readonly stalledMs: number;
  readonly connections: number;
  /** How many connections of one address may wait without a whole request. */
  readonly waitingPerAddress: number;
  /** The size of a body in bytes, where a route has no limit of its own. */
  readonly bodyBytes: number;
  /** How long requests under way may take when the server stops. */
  readonly stopMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  headersMs: 15_000,
  requestMs: 15_000,
  checkMs: 5_000,
  // Longer than a proxy keeps an idle connection (nginx: 60 s), so that the server ends none that the proxy just uses again.
  idleMs: 72_000,
  // Longer than any client may wait for an answer.
  stalledMs: 60_000,
  connections: 4_096,
  // More than a proxy keeps open to one server; a quarter of all connections.
  waitingPerAddress: 1_024,
  bodyBytes: 64 * 1024,
  stopMs: 2_000,
};
