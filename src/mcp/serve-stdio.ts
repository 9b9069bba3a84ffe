/** Serves the tools over standard input and output, until the client closes them and its calls are answered. */
import { availableParallelism } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { JSONRPCErrorResponse, JSONRPCMessage, RequestId } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import pLimit from 'p-limit';
import { type McpDeps, makeMcpServer } from './make-server.js';
import type { JudgeHere } from './tools/check-checkout.js';

/** How a client gives a token: it starts this program. */
const TOKEN_REMEDIES = {
  read: 'Set DOI_READ_TOKEN to the server\'s: a person adds it to `env` of the entry that starts "doi mcp".',
  write: 'Set DOI_TOKEN to the server\'s: a person adds it to `env` of the entry that starts "doi mcp".',
};

/** How long calls may still take once the client has closed its side, in milliseconds: longer than any tool waits. */
const REST_MS = 38_000;

const NO_MESSAGE = 'A line of standard input is JSON, but not one message of JSON-RPC 2.0; send no batches.';
/** Without the id, as JSON-RPC 2.0 (section 5) asks where none could be read. */
const INVALID_REQUEST = {
  ...{ jsonrpc: '2.0', id: null },
  error: { code: -32600, message: `Invalid request. ${NO_MESSAGE}` },
} as unknown as JSONRPCErrorResponse;

export interface Pipes {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly restMs?: number;
}

/**
 * Serves one client, until standard input has ended and what it brought is answered.
 * @returns whether standard input ended; false where a message was too large or nothing can be written any more
 */
export async function serveMcpOverStdio(
  deps: Omit<McpDeps, 'tokenRemedies'>,
  { stdin, stdout, restMs = REST_MS }: Pipes = process,
): Promise<boolean> {
  const transport = new AnsweringTransport({ stdin, stdout, restMs });
  const end = new AbortController();
  const judgeHere = deps.judgeHere && limitJudging(deps.judgeHere, end.signal);
  // No tool list and no report changes within a connection, so there is nothing to subscribe to.
  const served = { ...deps, ...(judgeHere && { judgeHere }), tokenRemedies: TOKEN_REMEDIES };
  const handle = serveStdio(() => makeMcpServer(served), {
    ...{ onerror: deps.onFault, maxSubscriptions: 0, transport },
  });
  transport.followRequests();
  const hasEnded = await transport.closed;
  end.abort();
  await handle.close();
  return hasEnded;
}

/** Judges at most as many checkouts at once as there are processors, and none after the end: each starts several programs. */
function limitJudging(judge: JudgeHere, end: AbortSignal): JudgeHere {
  const limit = pLimit(availableParallelism());
  return (checkout, cancelled) =>
    limit(() => {
      const signal = AbortSignal.any([cancelled, end]);
      signal.throwIfAborted();
      return judge(checkout, signal);
    });
}

/** Closes only when each request that came is answered: the one of the protocol drops them when its input ends. */
class AnsweringTransport extends StdioServerTransport {
  /** Whether standard input ended. */
  readonly closed: Promise<boolean>;
  readonly #stdin: Readable;
  readonly #open = new Set<RequestId>();
  readonly #restMs: number;
  /** Aborted when nothing more can or need be answered. */
  readonly #rest = new AbortController();
  #isClosing = false;
  #end: (hasEnded: boolean) => void = () => {};

  constructor({ stdin, stdout, restMs = REST_MS }: Pipes) {
    super(stdin, stdout);
    this.#restMs = restMs;
    this.#stdin = stdin;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
    stdout.once('error', () => this.#rest.abort());
  }

  /** Notes each request before it is handled; call it when the handler of messages is there. */
  followRequests(): void {
    const handle = this.onmessage;
    this.onmessage = (message) => {
      if (isRequest(message)) this.#open.add(message.id);
      if ('method' in message && message.method === 'notifications/cancelled')
        this.#answered(message.params?.['requestId']);
      handle?.(message);
    };
    const report = this.onerror;
    this.onerror = (error) => {
      const isNoMessage = 'issues' in error;
      // The error of the schema has a hundred lines.
      report?.(isNoMessage ? new Error(NO_MESSAGE) : error);
      if (isNoMessage) void this.send(INVALID_REQUEST).catch(() => {});
    };
  }

  override async send(message: JSONRPCMessage): Promise<void> {
    try {
      await super.send(message);
    } finally {
      if ('result' in message || 'error' in message) this.#answered(message.id);
    }
  }

  override async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const hasEnded = this.#stdin.readableEnded || this.#stdin.destroyed;
    if (this.#open.size > 0) {
      const { signal } = this.#rest;
      await delay(this.#restMs, undefined, { signal }).catch(() => {});
    }
    await super.close();
    this.#end(hasEnded);
  }

  #answered(id: unknown): void {
    this.#open.delete(id as RequestId);
    if (this.#isClosing && this.#open.size === 0) this.#rest.abort();
  }
}

function isRequest(message: JSONRPCMessage): message is JSONRPCMessage & { readonly id: RequestId } {
  return 'method' in message && 'id' in message;
}
