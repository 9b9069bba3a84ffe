/** Sends each HTTP request of the document's examples again; with `-u`, vitest records the answers again. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Example } from '../../../src/api/document.js';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { openWorld, type World } from '../../helpers/world.js';
import { EXAMPLES, type ExampleRequest, prepare } from './examples.js';
import { startWeb } from './web.js';

const scope = new Scope();
let world: World;
let url: string;
beforeAll(async () => {
  world = scope.add('world', await openWorld('examples'), (it) => it.close());
  await prepare(world);
  url = await startWeb(scope, { databaseUrl: world.url });
});
afterAll(() => scope.close());

async function replay({ operation, name, method = 'GET', url: path, headers = {}, body }: ExampleRequest) {
  const reply = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const type = reply.headers.get('content-type')?.split(';')[0] ?? '';
  const text = mask(await reply.text());
  const answer = type.endsWith('json') ? JSON.parse(text) : text;
  return {
    operation,
    name,
    request: `${method} ${path}`,
    status: reply.status,
    type,
    answer,
  } satisfies Example;
}

const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
const RECORDED_DAYS = ['2026-11-26', '2026-11-25', '2026-11-24'];

/** Replaces what differs from run to run by the values of one run. */
function mask(text: string): string {
  return (
    text
      .replaceAll(world.folder, '/srv/checkouts')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g, '2026-11-26T09:26:11.346802Z')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2026-11-26T09:26:11.346Z')
      .replace(/\b\d\d:\d\d:\d\d\b(?!\.)/g, '09:26:11')
      // All in one replacement: today may be a day that another day is recorded as.
      .replace(
        /(?<=")\d{4}-\d\d-\d\d(?=")/g,
        (date) => RECORDED_DAYS.find((_, ago) => date === day(ago)) ?? date,
      )
      .replace(
        /\d{10}\.\d{9}~\d{10}\.\d{9}~(\d+)~\d+/g,
        '1795685171.323126026~1795685171.323126026~$1~2288593',
      )
      .replace(/#\d+:\d+/g, '#65024:2286872')
      .replace(/#[0-9a-f]{16}\b/g, '#c79cdf01ab75aab1')
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '0b8f2f6e-7d0c-4c53-9d0e-2b6f0f8f9a51')
      .replace(/"request_id":"[^"]*"/g, '"request_id":"req-1"')
      .replace(/"next":"\d+"/g, '"next":"7"')
      .replace(/("(?:duration_ms|C\d+)":)[\d.]+/g, '$112.5')
  );
}

it('each example has the answer that the document shows', async () => {
  const shown: Example[] = [];
  for (const example of EXAMPLES) shown.push(await replay(example));
  await expect(`${JSON.stringify(shown, null, 2)}\n`).toMatchFileSnapshot('../../../docs/api-examples.json');
});
