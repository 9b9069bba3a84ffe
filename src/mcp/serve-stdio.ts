/** Serves the tools over standard input and output, until the client closes them. */
import { once } from 'node:events';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { type McpDeps, makeMcpServer } from './make-server.js';

/** Serves one client. @returns when standard input has ended */
export async function serveMcpOverStdio(
  deps: McpDeps,
  stdin: NodeJS.ReadableStream = process.stdin,
): Promise<void> {
  const ended = once(stdin, 'end');
  // No tool list and no report changes within a connection, so there is nothing to subscribe to.
  const handle = serveStdio(() => makeMcpServer(deps), { onerror: deps.onFault, maxSubscriptions: 0 });
  await ended;
  await handle.close();
}
