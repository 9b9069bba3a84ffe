/** The routes `/`, `/criteria` and `/assets/…` of the dashboard. They hold no data and are the same for every client. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PAGE_HEADERS } from '../../platform/http/headers.js';
import { distPath } from '../../platform/process/package-root.js';
import { Representation } from '../representation.js';
import { sendRepresentation } from '../send.js';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

/** An asset's name holds a digest of its content. */
const FOREVER = 'public, max-age=31536000, immutable';

export interface DashboardOptions {
  /** Lets a client through that addresses the server by a known name; without a token, because the page asks for it. */
  readonly checkCaller: (request: FastifyRequest) => void;
  /** Whether evaluations can be requested over HTTP; where not, the page shows the command instead. */
  readonly mayRequest: boolean;
}

/** Adds `/`, `/criteria` and `/assets/…`. */
export function addDashboardRoutes(
  server: FastifyInstance,
  { checkCaller, mayRequest }: DashboardOptions,
): void {
  const folder = distPath('dashboard');
  const read = (name: string) => readFileSync(join(folder, name));
  const load = (name: string, bytes = read(name)) => {
    const zipped = Promise.resolve(gzipSync(bytes, { level: 9 }));
    return {
      representation: new Representation(bytes, { zipped }),
      type: TYPES[name.split('.').at(-1) ?? ''] ?? '',
    };
  };
  const html = read('index.html')
    .toString()
    .replace('REQUESTS', mayRequest ? 'token' : 'none');
  const page = load('index.html', Buffer.from(html));
  server.get('/', { config: { checkCaller, answerHeaders: PAGE_HEADERS } }, async (request, reply) => {
    return sendRepresentation(request, reply, page);
  });
  const criteria = load('criteria.html');
  server.get(
    '/criteria',
    { config: { checkCaller, answerHeaders: PAGE_HEADERS } },
    async (request, reply) => {
      return sendRepresentation(request, reply, criteria);
    },
  );
  for (const name of readdirSync(folder).filter((file) => /\.(?:js|css)$/.test(file))) {
    const asset = load(name);
    server.get(`/assets/${name}`, { config: { checkCaller } }, async (request, reply) => {
      return sendRepresentation(request, reply, { ...asset, cacheControl: FOREVER });
    });
  }
}
