/** TCP ports that nothing listens on. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Finds a free port. Another program may take it before the caller listens there; the caller must then try again. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Whether a port can be listened on now. */
export async function isPortFree(port: number, address: string): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, address);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    // Another program listens there, or this user may not.
    return false;
  }
}
