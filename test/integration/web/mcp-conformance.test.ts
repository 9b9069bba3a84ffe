import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../../src/platform/process/package-root.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { openWorld } from '../../helpers/world.js';
import { startWeb } from './web.js';

const scope = new Scope();
let url: string;
let folder: string;
beforeAll(async () => {
  const world = scope.add('world', await openWorld('mcp-conformance'), (it) => it.close());
  folder = world.folder;
  url = await startWeb(scope, { databaseUrl: world.url });
});
afterAll(() => scope.close());

/**
 * Scenarios of the suite that its example server alone can pass, by the reason. The suite fails where another one fails, and
 * where one of these passes.
 */
const NOT_OURS: Readonly<Record<string, readonly string[]>> = {
  'It calls a tool of the example server by name.': [
    'tools-call-simple-text',
    'tools-call-image',
    'tools-call-audio',
    'tools-call-embedded-resource',
    'tools-call-mixed-content',
    'tools-call-error',
    'json-schema-2020-12',
  ],
  'It reads a resource of the example server by its address.': [
    'resources-read-text',
    'resources-read-binary',
    'resources-templates-read',
  ],
  'This server sends no log, progress or question to a client.': [
    'logging-set-level',
    'tools-call-with-logging',
    'tools-call-with-progress',
    'tools-call-sampling',
    'tools-call-elicitation',
    'elicitation-sep1034-defaults',
    'elicitation-sep1330-enums',
  ],
  'This server keeps no session and no stream.': [
    'server-sse-polling',
    'server-sse-multiple-streams',
    'resources-subscribe',
    'resources-unsubscribe',
  ],
  'This server has no prompts, and completes nothing.': [
    'prompts-list',
    'prompts-get-simple',
    'prompts-get-with-args',
    'prompts-get-embedded-resource',
    'prompts-get-with-image',
    'completion-complete',
  ],
};

it('passes the protocol’s own suite, except for scenarios of what this server does not have', async () => {
  const baseline = join(folder, 'baseline.yml');
  await writeFile(baseline, JSON.stringify({ server: Object.values(NOT_OURS).flat() }));
  const suite = 'node_modules/@modelcontextprotocol/conformance/dist/index.js';
  const options = ['server', '--url', `${url}/mcp`, '--suite', 'all', '--expected-failures', baseline];
  const child = spawn(
    process.execPath,
    ['--import', './test/helpers/conformance-loader.mjs', suite, ...options, '-o', join(folder, 'results')],
    { cwd: packageRoot, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(code, output).toBe(0);
  const passed = [...output.matchAll(/^✓ ([\w-]+): [1-9]/gm)].map(([, name]) => name);
  expect(passed).toEqual([
    'server-initialize',
    'ping',
    'tools-list',
    'resources-list',
    'dns-rebinding-protection',
  ]);
});
