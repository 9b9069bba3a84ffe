/** The routes of the dashboard: a page and its assets, which hold no data and are the same for everybody. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PAGE_HEADERS } from '../../platform/http-headers.js';
import { distPath } from '../../platform/package-root.js';
import { Representation } from '../representation.js';
import { sendRepresentation } from '../send.js';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** An asset's name has a digest of what it holds. */
const FOREVER = 'public, max-age=31536000, immutable';

/**
 * Adds `/` and `/assets/…`.
 * @param checkCaller who may have them: whoever knows the server by a name of its own, without a token, since the page
 *   asks for that
 */
export function addDashboardRoutes(
  server: FastifyInstance,
  checkCaller: (request: FastifyRequest) => void,
): void {
  const folder = distPath('dashboard');
  const load = (name: string) => {
    const bytes = readFileSync(join(folder, name));
    const zipped = Promise.resolve(gzipSync(bytes, { level: 9 }));
    return {
      representation: new Representation(bytes, { zipped }),
      type: TYPES[name.split('.').at(-1) ?? ''] ?? '',
    };
  };
  const page = load('index.html');
  server.get('/', { config: { checkCaller, answerHeaders: PAGE_HEADERS } }, async (request, reply) => {
    return sendRepresentation(request, reply, page);
  });
  for (const name of readdirSync(folder).filter((file) => /\.(?:js|css)$/.test(file))) {
    const asset = load(name);
    server.get(`/assets/${name}`, { config: { checkCaller } }, async (request, reply) => {
      return sendRepresentation(request, reply, { ...asset, cacheControl: FOREVER });
    });
  }
}
