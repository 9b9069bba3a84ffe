import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../src/platform/shutdown.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, type Served } from './served.js';

const scope = new Scope();
let served: Served;
let chromium: Chromium;
beforeAll(async () => {
  served = scope.add('served', await openServed('filters'), (it) => it.close());
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  await served.add('ledger', 'payments', GOOD);
  await served.add('gateway', 'payments', { 'SCOPE.md': '# Scope\n' });
  await served.add('storefront', 'shop', GOOD);
  await served.add('scratch', 'shop');
  await served.world.sql`update managed_repos set remote_url = null where slug = 'scratch'`;
  await served.startWeb();
  served.startWorker();
  await served.allFresh();
});
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

const BY_NAME = ['gateway', 'ledger', 'scratch', 'storefront'];

/** The repositories that the matrix shows, from the top. */
const shown = (page: Page) => page.locator('.open-repo').allInnerTexts();
const showsOnly = (page: Page, slugs: readonly string[]) => expect.poll(() => shown(page)).toEqual(slugs);
const queryOf = (page: Page) => new URL(page.url()).search;

describe('the matrix', () => {
  it('has the domain with the lowest tier first, and in each the worst first', async () => {
    const page = await chromium.visit(served.url);
    await showsOnly(page, ['scratch', 'storefront', 'gateway', 'ledger']);
    expect(await page.locator('tr.group').allInnerTexts()).toEqual([
      expect.stringMatching(/^shop 2 repositories, lowest tier\s+none$/),
      expect.stringMatching(/^payments 2 repositories, lowest tier\s+core$/),
    ]);
  });

  it('has a verdict in each of the 14 columns, as a shape and as a word', async () => {
    const page = await chromium.visit(served.url);
    const row = page.locator('tr', { has: page.getByRole('button', { name: 'gateway', exact: true }) });
    await row.waitFor();
    const [entry] = (await (await fetch(`${served.url}repos/doi/summary?domain=payments`)).json()) as [
      { statuses: Record<string, string> },
    ];
    const words = await row.locator('td.cell').allTextContents();
    expect(words).toEqual(Array.from({ length: 14 }, (_, n) => entry.statuses[`C${n + 1}`]));
    const shapes = await row
      .locator('td.cell path')
      .evaluateAll((all) => all.map((one) => one.getAttribute('d')));
    const shapeOf = new Map(words.map((word, n) => [word, shapes[n]]));
    expect(new Set(shapeOf.values()).size).toBe(new Set(words).size);
    expect(new Set(words).size).toBeGreaterThan(1);
  });
});

/** What is chosen, by whom, and what is shown of it. */
interface Filtering {
  readonly query: string;
  readonly choose: (page: Page) => Promise<unknown>;
  readonly shows: readonly string[];
}
const select = (label: string, option: string) => (page: Page) =>
  page.getByRole('combobox', { name: label, exact: true }).selectOption({ label: option });
const check = (label: string) => (page: Page) => page.getByLabel(label, { exact: true }).check();
const press = (name: RegExp) => (page: Page) => page.getByRole('button', { name }).first().click();

describe('a filter', () => {
  const FILTERINGS: readonly Filtering[] = [
    {
      query: '?text=LED',
      choose: (page) => page.getByRole('searchbox', { name: 'Name' }).fill('LED'),
      shows: ['ledger'],
    },
    {
      query: '?text=pay',
      choose: (page) => page.getByRole('searchbox', { name: 'Name' }).fill('pay'),
      shows: ['gateway', 'ledger'],
    },
    { query: '?domain=shop', choose: select('Domain', 'shop'), shows: ['scratch', 'storefront'] },
    { query: '?tier=none', choose: select('Tier', 'no tier'), shows: ['scratch'] },
    { query: '?tier=core', choose: press(/^3 core/), shows: ['gateway', 'ledger', 'storefront'] },
    {
      query: '?criterion=C6',
      choose: select('Criterion not met', 'C6 CLAUDE.md'),
      shows: ['scratch', 'gateway'],
    },
    { query: '?stale=true', choose: check('stale'), shows: [] },
    { query: '?broken=true', choose: press(/^0 broken/), shows: [] },
    { query: '?never=true', choose: press(/^0 never evaluated/), shows: [] },
    {
      query: '?sort=name',
      choose: select('Order', 'By name'),
      shows: ['gateway', 'ledger', 'scratch', 'storefront'],
    },
  ];
  it.each(FILTERINGS)('stands in the address ($query), and the address has it chosen again', async (one) => {
    const { query, choose, shows } = one;
    const page = await chromium.visit(served.url);
    await page.getByText('4 shown').waitFor();
    await choose(page);
    await showsOnly(page, shows);
    expect(queryOf(page)).toBe(query);
    // Somebody else opens what was shared.
    const other = await chromium.visit(page.url());
    await other.locator('.filters').waitFor();
    await showsOnly(other, shows);
    expect(queryOf(other)).toBe(query);
    const chosen = (of: Page) =>
      of
        .locator('.filters :is(input, select)')
        .evaluateAll((all) =>
          all.map((field) => (field.matches(':checked') ? 'checked' : (field as HTMLInputElement).value)),
        );
    expect(await chosen(other)).toEqual(await chosen(page));
  });

  it('can be taken off again, all at once', async () => {
    const page = await chromium.visit(`${served.url}?text=led&domain=shop&criterion=C6`);
    await page.getByText('No repository matches these filters.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).first().click();
    await expect.poll(async () => (await shown(page)).toSorted()).toEqual(BY_NAME);
    expect(queryOf(page)).toBe('');
    expect(await page.getByRole('searchbox', { name: 'Name' }).inputValue()).toBe('');
  });

  it('that nobody knows changes nothing', async () => {
    const page = await chromium.visit(`${served.url}?tier=gold&criterion=C15&sort=best&stale=1&other=x`);
    await expect.poll(async () => (await shown(page)).toSorted()).toEqual(BY_NAME);
  });
});

describe('the CSV', () => {
  const downloaded = async (page: Page, name: string) => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name, exact: true }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^doi-summary-\d{4}-\d\d-\d\d\.csv$/);
    const [head, ...lines] = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n');
    expect(head).toMatch(/^repo_slug,domain_slug,tier,.*C1,.*C14,/);
    return lines.map((line) => line.split(',')[0]).sort();
  };

  it('when the service can filter like the page, then the file has what the page shows', async () => {
    const page = await chromium.visit(`${served.url}?domain=payments&tier=core`);
    await showsOnly(page, ['gateway', 'ledger']);
    expect(await downloaded(page, 'Download as CSV')).toEqual(['gateway', 'ledger']);
  });

  it('when it cannot, then the button says how many repositories the file has', async () => {
    const page = await chromium.visit(`${served.url}?domain=payments&text=led`);
    await showsOnly(page, ['ledger']);
    expect(await downloaded(page, 'Download 2 as CSV')).toEqual(['gateway', 'ledger']);
  });

  it('when the service does not answer, then the page says so', async () => {
    const page = await chromium.visit(served.url, { mayFail: true });
    await page.getByText('4 shown').waitFor();
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Download as CSV' }).click();
    await page.getByText('The download failed: the service does not answer.').waitFor();
  });
});
