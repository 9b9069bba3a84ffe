import fastify from 'fastify';
import { expect, it } from 'vitest';
import { openInProcessClient } from '../../../src/web/in-process-client.js';

it('a request to a server that is stopped says so, and is no fault of this program', async () => {
  const server = fastify();
  await server.ready();
  await server.close();
  const client = openInProcessClient(server, { host: 'localhost', read: undefined, write: undefined });
  await expect(client.request({ path: '/' })).rejects.toMatchObject({
    ...{ code: 'server_unreachable', message: 'This server is being stopped.' },
  });
});
