/** A loopback git server over HTTP, for tests and benchmarks: `git http-backend` before a folder of bare repositories. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Starts a server that serves every repository below a folder. Types: git-server.d.ts. */
export async function startGitServer(root, { filters = true, dumb = false } = {}) {
  const state = {
    requests: [],
    fault: () => undefined,
    password: undefined,
  };
  const children = new Set();
  const server = createServer((request, response) => {
    const seen = {
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
    };
    state.requests.push(seen);
    const fault = state.fault(seen) ?? withoutPassword(state.password, seen);
    if (fault !== undefined && 'status' in fault) {
      response.writeHead(fault.status, fault.headers).end(`status ${fault.status}`);
      return;
    }
    const child = startBackend(root, request, { filters, dumb });
    children.add(child);
    child.once('close', () => children.delete(child));
    pass(child, response, fault);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(state, {
    port,
    /** The address of a repository, by its folder's name. */
    url: (name) => `http://127.0.0.1:${port}/${name}`,
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function withoutPassword(password, seen) {
  if (password === undefined) return undefined;
  const [, given = ''] = /^Basic (.+)$/.exec(seen.authorization ?? '') ?? [];
  const isRight = Buffer.from(given, 'base64').toString().split(':')[1] === password;
  return isRight ? undefined : { status: 401, headers: { 'www-authenticate': 'Basic realm="git"' } };
}

function startBackend(root, request, { filters, dumb }) {
  const url = new URL(request.url, 'http://localhost');
  const config = {
    'uploadpack.allowFilter': filters,
    'uploadpack.allowAnySHA1InWant': filters,
    'safe.directory': '*',
  };
  const settings = Object.entries(config).flatMap(([key, value], at) => [
    [`GIT_CONFIG_KEY_${at}`, key],
    [`GIT_CONFIG_VALUE_${at}`, String(value)],
  ]);
  const env = {
    PATH: process.env.PATH,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: String(Object.keys(config).length),
    ...Object.fromEntries(settings),
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: decodeURIComponent(url.pathname),
    // Without the name of the service, git serves the files of the repository.
    QUERY_STRING: dumb ? '' : url.search.slice(1),
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    ...(request.headers['content-encoding']
      ? { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }
      : {}),
    ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
    GIT_PROTOCOL: request.headers['git-protocol'] ?? '',
    REMOTE_ADDR: '127.0.0.1',
  };
  const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.on('error', () => {});
  request.pipe(child.stdin);
  return child;
}

/** Passes a CGI answer on, with a fault in its body. */
function pass(child, response, fault) {
  let head = Buffer.alloc(0);
  let isBody = false;
  let left = fault?.after ?? (fault === undefined ? Number.POSITIVE_INFINITY : 0);
  const body = (chunk) => {
    if (left <= 0) return;
    if (chunk.length < left) response.write(chunk);
    else fail(response, chunk.subarray(0, left), fault);
    left -= chunk.length;
  };
  child.stdout.on('data', (chunk) => {
    if (isBody) return body(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    isBody = true;
    writeHead(response, head.subarray(0, end).toString());
    if (left === 0) fail(response, Buffer.alloc(0), fault);
    else body(head.subarray(end + 4));
  });
  child.stdout.on('end', () => {
    if (fault === undefined || left > 0) response.end();
  });
  response.on('close', () => child.kill('SIGKILL'));
}

function writeHead(response, text) {
  const lines = text.split('\r\n').map((line) => line.split(/: ?(.*)/s));
  const status = lines.find(([name]) => name === 'Status')?.[1] ?? '200';
  for (const [name, value] of lines) if (name !== 'Status') response.setHeader(name, value);
  response.writeHead(Number.parseInt(status, 10));
  response.flushHeaders();
}

const ZEROS = Buffer.alloc(65_536);

function fail(response, last, fault) {
  response.write(last);
  if ('breaks' in fault) response.destroy();
  if (!('floods' in fault)) return;
  const more = () => {
    if (response.destroyed) return;
    if (response.write(ZEROS)) setImmediate(more);
    else response.once('drain', more);
  };
  more();
}
