import type { Page } from 'playwright-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Scope } from '../../src/platform/shutdown.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, type Served, TOKEN } from './served.js';

let scope: Scope;
let served: Served;
let chromium: Chromium;
beforeEach(async () => {
  scope = new Scope();
  served = scope.add('served', await openServed('refresh'), (it) => it.close());
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  await served.add('ledger', 'payments', GOOD);
  await served.startWeb();
});
afterEach(async () => {
  const wrongs = await chromium.leave();
  await scope.close();
  expect(wrongs).toEqual([]);
});

const status = (page: Page) => page.locator('.refresh [role=status]');
const says = (page: Page, text: string) =>
  expect.poll(() => status(page).innerText(), { timeout: 20_000 }).toContain(text);
const judgeAnew = (page: Page) =>
  page.locator('.panel').getByRole('button', { name: 'Evaluate again' }).click();
async function giveToken(page: Page, token: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Token').fill(token);
  await dialog.getByRole('button', { name: 'Evaluate again' }).click();
}

it('is shown live from queued to running to done, and asks for the token once in a tab', async () => {
  const worker = served.startWorker();
  await served.allFresh();
  const page = await chromium.visit(`${served.url}?repo=ledger`);
  await page.locator('.criteria').waitFor();
  const go = served.world.path('go');
  await served.behaves('ledger', `until [ -e '${go}' ]; do sleep 0.02; done`);
  worker.signal('SIGSTOP');
  await judgeAnew(page);
  await giveToken(page, TOKEN);
  await says(page, 'Queued');
  worker.signal('SIGCONT');
  await says(page, 'Running');
  expect(await page.locator('.panel').getByRole('button', { name: 'Evaluate again' }).isDisabled()).toBe(
    true,
  );
  await served.world.write('', 'go', '');
  await says(page, 'Done.');
  expect(await page.locator('.criteria li').count()).toBe(14);
  // The matrix shows it too, without waiting for the next look.
  const judged = () => page.locator('td.age time').getAttribute('datetime');
  const { checked_at: at, evaluation } = await served.world.read('ledger');
  await expect.poll(judged).toBe(at);
  expect(await page.locator('.facts').innerText()).toContain(evaluation!.trigger);
  await judgeAnew(page);
  expect(await page.getByRole('dialog').count()).toBe(0);
  await says(page, 'Done.');
  // The tab has it over a reload too, until somebody has it forgotten.
  await page.reload();
  await judgeAnew(page);
  await says(page, 'Done.');
  await page.getByRole('button', { name: 'Forget the token' }).click();
  const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
  expect(kept).toBe('[{},{},""]');
  expect(await page.getByRole('button', { name: 'Forget the token' }).count()).toBe(0);
  await judgeAnew(page);
  await page.getByRole('dialog').waitFor();
});

it('tells of a token that is not taken, and asks for another', async () => {
  const page = await chromium.visit(`${served.url}?repo=ledger`, { mayFail: true });
  await judgeAnew(page);
  await giveToken(page, 'not-that-one');
  await says(page, 'refused this token');
  await judgeAnew(page);
  await giveToken(page, TOKEN);
  await says(page, 'Queued');
});

it('asks nothing where the dialog is closed without a token', async () => {
  const page = await chromium.visit(`${served.url}?repo=ledger`);
  await judgeAnew(page);
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  // The panel stays: what Escape closed was the dialog.
  expect(await page.locator('.panel').count()).toBe(1);
  expect(await status(page).innerText()).toBe('');
  expect(await served.world.sql`select 1 from doi_request where forced`).toHaveLength(0);
});

it('says that a check which breaks is tried again later, and shows why', async () => {
  await served.behaves('ledger', 'kill -9 $$');
  served.startWorker();
  const page = await chromium.visit(`${served.url}?repo=ledger`);
  await judgeAnew(page);
  await giveToken(page, TOKEN);
  await says(page, 'The evaluation failed. The worker will retry it.');
  await page.getByText('Broken: the evaluation failed', { exact: true }).waitFor();
  expect(await page.locator('.panel .bad').innerText()).toMatch(
    /^Broken: the evaluation failed(?:, \d+ times)?\. First failure: just now\. .*SIGKILL/s,
  );
});

it('is not offered where nobody may ask over HTTP: the page says how else', async () => {
  const closed = scope.add('closed', await openServed('closed', { env: { DOI_TOKEN: undefined } }), (it) =>
    it.close(),
  );
  await closed.add('gateway', 'payments');
  await closed.startWeb();
  const page = await chromium.visit(`${closed.url}?repo=gateway`);
  await page.locator('.panel code', { hasText: /^doi refresh gateway$/ }).waitFor();
  expect(await page.getByRole('button', { name: 'Evaluate again' }).count()).toBe(0);
});
