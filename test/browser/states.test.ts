import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Scope } from '../../src/platform/shutdown.js';
import { startPostgres } from '../helpers/fault-servers.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed } from './served.js';

const READ_TOKEN = 'token-for-reading-0123';
const PERIOD_MS = 15_000;

let scope: Scope;
let chromium: Chromium;
beforeEach(async () => {
  scope = new Scope();
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
});
afterEach(async () => {
  const wrongs = await chromium.leave();
  await scope.close();
  expect(wrongs).toEqual([]);
});

const open = async (name: string, settings: Parameters<typeof openServed>[1] = {}) =>
  scope.add('served', await openServed(name, settings), (it) => it.close());
const connectionIs = (page: Page, pattern: RegExp) =>
  expect.poll(() => page.locator('.connection').innerText(), { timeout: 20_000 }).toMatch(pattern);
/** Looks again and again, as time passes for the page, until it reads as wanted. */
const inTime = (page: Page, read: () => Promise<unknown>) =>
  expect.poll(
    async () => {
      await page.clock.fastForward(PERIOD_MS);
      return read();
    },
    { timeout: 25_000, interval: 200 },
  );
const showsInTime = (page: Page, text: string) => inTime(page, () => page.getByText(text).count()).toBe(1);

it('with no repositories says how to register one, and shows it once there is one', async () => {
  const served = await open('empty');
  await served.startWeb();
  const page = await chromium.visit(served.url, { ownClock: true });
  await page.getByRole('heading', { name: 'No repositories yet' }).waitFor();
  await page.getByText('doi register PATH').waitFor();
  await connectionIs(page, /^Live/);
  served.startWorker();
  await served.add('ledger', 'payments', GOOD);
  await served.allFresh();
  await page.clock.fastForward(PERIOD_MS);
  await page.getByRole('button', { name: 'ledger' }).waitFor();
  expect(await page.getByText('No repositories yet').count()).toBe(0);
});

describe('a repository that has vanished', () => {
  it('is said to be no longer there, where an address still names it', async () => {
    const served = await open('vanished');
    await served.add('ledger', 'payments', GOOD);
    await served.startWeb();
    const page = await chromium.visit(`${served.url}?repo=gone`, { mayFail: true });
    await page.getByText('No repository is registered as gone any more.').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    expect(new URL(page.url()).search).toBe('');
  });

  it('goes from the matrix, and its panel says so, while it is looked at', async () => {
    const served = await open('vanishing');
    await served.add('ledger', 'payments', GOOD);
    await served.add('gateway', 'payments');
    await served.startWeb();
    const page = await chromium.visit(`${served.url}?repo=ledger`, { mayFail: true, ownClock: true });
    await page.getByText('never evaluated', { exact: true }).first().waitFor();
    await served.world.sql`delete from managed_repos where slug = 'ledger'`;
    await showsInTime(page, 'No repository is registered as ledger any more.');
    await inTime(page, () => page.locator('.open-repo').allInnerTexts()).toEqual(['gateway']);
  });
});

describe('where reading needs a token', () => {
  it('asks for it, says when it is wrong, and keeps it in this tab until it is told to forget it', async () => {
    const served = await open('token', { env: { DOI_READ_TOKEN: READ_TOKEN } });
    await served.add('ledger', 'payments', GOOD);
    await served.startWeb();
    const page = await chromium.visit(served.url, { mayFail: true });
    // Sooner than the page looks at its clock again, which would show what it had missed.
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
    await other.goto(served.url);
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
  it('says what the service says, keeps what it has, and goes on when it is back', async () => {
    const postgres = scope.add('postgres', await startPostgres(), (it) => it.close());
    await postgres.stop();
    const served = await open('away', { databaseUrl: postgres.url });
    await served.startWeb();
    const page = await chromium.visit(served.url, { mayFail: true, ownClock: true });
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
