/** Tests of the page without repositories, with one that has vanished, without a token, and without the database. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../src/platform/process/shutdown.js';
import { startPostgres } from '../helpers/fault-servers.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, type Served } from './served.js';

const READ_TOKEN = 'token-for-reading-0123';
const PERIOD_MS = 15_000;

const scope = new Scope();
let chromium: Chromium;
/** Its worker's heartbeats have the summary follow the registry within a second. */
let served: Served;
beforeAll(async () => {
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  served = scope.add('served', await openServed('states'), (it) => it.close());
  await served.startWeb();
  served.startWorker();
});
afterAll(() => scope.close());
afterEach(async () => {
  expect(await chromium.leave()).toEqual([]);
  await served.world.sql`delete from managed_repos`;
  await served.summaryIs((entries) => entries.length === 0);
});

const connectionIs = (page: Page, pattern: RegExp) =>
  expect.poll(() => page.locator('.connection').innerText(), { timeout: 20_000 }).toMatch(pattern);
/** Moves the page's clock on, poll by poll, until the page matches. */
const inTime = (page: Page, read: () => Promise<unknown>) =>
  expect.poll(
    async () => {
      await page.clock.fastForward(PERIOD_MS);
      return read();
    },
    { timeout: 25_000, interval: 200 },
  );
const showsInTime = (page: Page, text: string) => inTime(page, () => page.getByText(text).count()).toBe(1);

it('without repositories the page says how to register one, and shows it once it is registered', async () => {
  const page = await chromium.visit(served.url, { ownClock: true });
  await page.getByRole('heading', { name: 'No repositories yet' }).waitFor();
  await page.getByText('doi register PATH').waitFor();
  await connectionIs(page, /^Live/);
  await served.add('ledger', 'payments', GOOD);
  await served.allFresh();
  await page.clock.fastForward(PERIOD_MS);
  await page.getByRole('button', { name: 'ledger' }).waitFor();
  expect(await page.getByText('No repositories yet').count()).toBe(0);
});

describe('a repository that has vanished', () => {
  it('when the address names it, then the panel says that it is no longer registered', async () => {
    await served.add('ledger', 'payments', GOOD);
    await served.summaryIs((entries) => entries.length === 1);
    const page = await chromium.visit(`${served.url}?repo=gone`, { mayFail: true });
    await page.getByText('No repository is registered as gone any more.').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    expect(new URL(page.url()).search).toBe('');
  });

  it('when its panel is open, then the panel says so, and the matrix drops its row', async () => {
    await served.add('ledger', 'payments', GOOD);
    await served.add('gateway', 'payments');
    await served.summaryIs((entries) => entries.length === 2);
    const page = await chromium.visit(`${served.url}?repo=ledger`, { mayFail: true, ownClock: true });
    await page.locator('.panel .headline').waitFor();
    await served.world.sql`delete from managed_repos where slug = 'ledger'`;
    await showsInTime(page, 'No repository is registered as ledger any more.');
    await inTime(page, () => page.locator('.open-repo').allInnerTexts()).toEqual(['gateway']);
  });
});

describe('where reading needs a token', () => {
  it('the page takes it, says when it is wrong, and keeps it in this tab until the person has it forgotten', async () => {
    const url = await served.serveWith({ DOI_READ_TOKEN: READ_TOKEN });
    await served.add('ledger', 'payments', GOOD);
    await served.allFresh();
    const page = await chromium.visit(url, { mayFail: true });
    // Sooner than the page's next tick of its clock, which would show what it had missed.
    const soon = { timeout: 5000 };
    await page.getByRole('heading', { name: 'This service needs a token' }).waitFor(soon);
    await page.getByLabel('Token').fill('not-that-one', soon);
    await page.keyboard.press('Enter');
    await page.getByText('The service refused this token.').waitFor(soon);
    expect(await page.locator('.open-repo').count()).toBe(0);
    await page.getByLabel('Token').fill(READ_TOKEN);
    await page.getByRole('button', { name: 'Show the repositories' }).click();
    await page.getByRole('button', { name: 'ledger' }).click();
    await page.getByText('This service shows badges only to readers with a token').waitFor();
    const kept = () => page.evaluate(() => JSON.stringify([localStorage, document.cookie, location.href]));
    expect(await kept()).not.toContain(READ_TOKEN);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download as CSV' }).click();
    expect(await readFile(await (await download).path(), 'utf8')).toMatch(/^repo_slug,[^\n]*\r\nledger,/);
    await page.reload();
    await page.getByRole('button', { name: 'ledger' }).waitFor();
    const other = await page.context().newPage();
    await other.goto(url);
    await other.getByRole('heading', { name: 'This service needs a token' }).waitFor();
    await page.getByRole('button', { name: 'Forget the token' }).click();
    await page.getByRole('heading', { name: 'This service needs a token' }).waitFor(soon);
    expect(await page.getByText('The service refused this token.').count()).toBe(0);
    expect(await page.locator('.open-repo, .panel').count()).toBe(0);
    await page.reload();
    await page.getByRole('heading', { name: 'This service needs a token' }).waitFor();
  });
});

describe('where the database is away', () => {
  it('the page shows what the service says, keeps its data, and is live once the database is back', async () => {
    const postgres = scope.add('postgres', await startPostgres(), (it) => it.close());
    await postgres.stop();
    const url = await served.serveWith({ DATABASE_URL: postgres.url });
    const page = await chromium.visit(url, { mayFail: true, ownClock: true });
    await page.getByRole('heading', { name: 'The service cannot answer now' }).waitFor();
    await page
      .getByText(/PostgreSQL/)
      .first()
      .waitFor();
    await connectionIs(page, /^Outdated/);
    await postgres.restart();
    await showsInTime(page, 'No repositories yet');
    await connectionIs(page, /^Live/);
    await postgres.kill();
    await inTime(page, () => page.locator('.connection').innerText()).toMatch(
      /^Outdated: last answer .*PostgreSQL/s,
    );
    await page.getByText('No repositories yet').waitFor();
  }, 60_000);
});
