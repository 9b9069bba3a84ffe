/** Tests of the page behind a proxy that serves it below a path. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { findFreePort } from '../../src/local/free-port.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { startProxy } from '../integration/web/proxy.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, TOKEN } from './served.js';

const scope = new Scope();
let chromium: Chromium;
let outside: string;
beforeAll(async () => {
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  const port = await findFreePort();
  outside = `http://127.0.0.1:${port}/custodian`;
  const served = scope.add('served', await openServed('below', { DOI_PUBLIC_URL: outside }), (it) =>
    it.close(),
  );
  await served.add('ledger', 'payments', GOOD);
  await served.startWeb();
  served.startWorker();
  await served.allFresh();
  const target = served.url;
  await startProxy(scope, { target, port, base: '/custodian', takesBaseOff: true, keepsHost: true });
});
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

// Without the path's slash such a proxy redirects by itself, or knows no such address; if it passes that on, the service redirects.
it.each(['/', '/?repo=ledger'])('the page works at an address below a path (%s)', async (address) => {
  const urls: string[] = [];
  const page = await chromium.visit(outside + address, { onRequest: (request) => urls.push(request.url()) });
  await page.getByRole('button', { name: 'ledger' }).click();
  await page.locator('.criteria li').first().waitFor();
  await page.getByRole('button', { name: 'Evaluate again' }).click();
  await page.getByRole('textbox', { name: 'Token' }).fill(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByText('Done.').waitFor();
  await page.getByText(`![DoI](${outside}/repos/ledger/doi/badge.svg)`).waitFor();
  expect(urls.filter((url) => !url.startsWith(outside))).toEqual([]);
});
