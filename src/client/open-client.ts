/** A client of a doi server's HTTP API: what `doi gate`, `doi check --against` and the tools for agents ask by. */

/** One request to the API. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST';
  /** The path and query below the server's address, such as `/repos/widget/doi`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer may take, in milliseconds. */
  readonly timeoutMs?: number;
}

/** An answer of the API, whatever its status. */
export interface ApiAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed JSON; undefined where there is none. */
  readonly body: unknown;
}

export interface ApiClient {
  /** @throws {DoiError} `server_unreachable`, `server_answer_invalid` */
  request(request: ApiRequest): Promise<ApiAnswer>;
}
