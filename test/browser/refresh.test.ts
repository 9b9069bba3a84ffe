/** Tests of the button that requests an evaluation: its progress, its token, and what it says where it cannot. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../src/platform/process/shutdown.js';
import type { Running } from '../e2e/programs.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, type Served, TOKEN } from './served.js';

const scope = new Scope();
let served: Served;
let chromium: Chromium;
beforeAll(async () => {
  served = scope.add('served', await openServed('refresh'), (it) => it.close());
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  await served.add('ledger', 'payments', GOOD);
  await served.add('broken', 'payments', GOOD);
  await served.startWeb();
});
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

const status = (page: Page) => page.locator('.refresh [role=status]');
const says = (page: Page, text: string) =>
  expect.poll(() => status(page).innerText(), { timeout: 20_000 }).toContain(text);
const evaluateAgain = (page: Page) =>
  page.locator('.panel').getByRole('button', { name: 'Evaluate again' }).click();
async function giveToken(page: Page, token: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Token').fill(token);
  await dialog.getByRole('button', { name: 'Evaluate again' }).click();
}

describe('while no worker runs', () => {
  it('when the dialog is closed without a token, then the page requests nothing', async () => {
    const page = await chromium.visit(`${served.url}?repo=ledger`);
    await evaluateAgain(page);
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // The panel stays: Escape closed the dialog.
    expect(await page.locator('.panel').count()).toBe(1);
    expect(await status(page).innerText()).toBe('');
    expect(await served.world.sql`select 1 from doi_request where forced`).toHaveLength(0);
  });

  it('when the service refuses the token, then the page says so, and takes another', async () => {
    const page = await chromium.visit(`${served.url}?repo=ledger`, { mayFail: true });
    await evaluateAgain(page);
    await giveToken(page, 'not-that-one');
    await says(page, 'refused this token');
    await evaluateAgain(page);
    await giveToken(page, TOKEN);
    await says(page, 'Queued');
  });

  it('when the service has no token for requests, then the page names the command instead', async () => {
    const url = await served.serveWith({ DOI_TOKEN: undefined });
    const page = await chromium.visit(`${url}?repo=ledger`);
    await page.locator('.panel code', { hasText: /^doi refresh ledger$/ }).waitFor();
    expect(await page.getByRole('button', { name: 'Evaluate again' }).count()).toBe(0);
  });
});

describe('while a worker runs', () => {
  let worker: Running;
  beforeAll(async () => {
    await served.behaves('broken', 'kill -9 $$');
    worker = served.startWorker();
    await served.summaryIs((entries) =>
      entries.every(({ repo_slug: slug, broken, stale }) => (slug === 'broken' ? broken : !stale)),
    );
  });

  it('when the evaluation fails, then the page shows why, and that the worker will retry it', async () => {
    const page = await chromium.visit(`${served.url}?repo=broken`);
    await evaluateAgain(page);
    await giveToken(page, TOKEN);
    await says(page, 'The evaluation failed. The worker will retry it.');
    await page.getByText('Broken: the evaluation failed', { exact: true }).waitFor();
    expect(await page.locator('.panel .bad').innerText()).toMatch(
      /^Broken: the evaluation failed(?:, \d+ times)?\. First failure: just now\. .*SIGKILL/s,
    );
  });

  it('the page shows a request live from queued to running to done, and takes the token once in a tab', async () => {
    const page = await chromium.visit(`${served.url}?repo=ledger`);
    await page.locator('.criteria').waitFor();
    const go = served.world.path('go');
    await served.behaves('ledger', `until [ -e '${go}' ]; do sleep 0.02; done`);
    worker.signal('SIGSTOP');
    await evaluateAgain(page);
    await giveToken(page, TOKEN);
    await says(page, 'Queued');
    worker.signal('SIGCONT');
    await says(page, 'Running');
    const button = page.locator('.panel').getByRole('button', { name: 'Evaluate again' });
    expect(await button.isDisabled()).toBe(true);
    await served.world.write('', 'go', '');
    await says(page, 'Done.');
    expect(await page.locator('.criteria li').count()).toBe(14);
    // The matrix shows it too, without waiting for the next poll.
    const evaluated = () => page.locator('tr[data-slug="ledger"] td.age time').getAttribute('datetime');
    const { checked_at: at, evaluation } = await served.world.read('ledger');
    await expect.poll(evaluated).toBe(at);
    expect(await page.locator('.facts').innerText()).toContain(evaluation!.trigger);
    await evaluateAgain(page);
    expect(await page.getByRole('dialog').count()).toBe(0);
    await says(page, 'Done.');
    // The tab keeps the token over a reload too, until the person has it forgotten.
    await page.reload();
    await evaluateAgain(page);
    await says(page, 'Done.');
    await page.getByRole('button', { name: 'Forget the token' }).click();
    const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage, document.cookie]));
    expect(kept).toBe('[{},{},""]');
    expect(await page.getByRole('button', { name: 'Forget the token' }).count()).toBe(0);
    await evaluateAgain(page);
    await page.getByRole('dialog').waitFor();
  });
});
