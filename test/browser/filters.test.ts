/** Tests of the filters, the order and the CSV of the repositories. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../src/platform/process/shutdown.js';
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
  it('lists the domain with the lowest tier first, and the repositories of each domain worst first', async () => {
    const page = await chromium.visit(served.url);
    await showsOnly(page, ['scratch', 'storefront', 'gateway', 'ledger']);
    expect(await page.locator('tr.group').allInnerTexts()).toEqual([
      expect.stringMatching(/^shop 2 repositories, lowest tier\s+none$/),
      expect.stringMatching(/^payments 2 repositories, lowest tier\s+core$/),
    ]);
  });

  it('shows a verdict in each of the 14 columns, as a shape and as a word', async () => {
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

/** A filter, how a person sets it, and which repositories the page shows then. */
interface Filtering {
  readonly query: string;
  readonly set: (page: Page) => Promise<unknown>;
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
      set: (page) => page.getByRole('searchbox', { name: 'Name' }).fill('LED'),
      shows: ['ledger'],
    },
    {
      query: '?text=pay',
      set: (page) => page.getByRole('searchbox', { name: 'Name' }).fill('pay'),
      shows: ['gateway', 'ledger'],
    },
    { query: '?domain=shop', set: select('Domain', 'shop'), shows: ['scratch', 'storefront'] },
    { query: '?tier=none', set: select('Tier', 'no tier'), shows: ['scratch'] },
    { query: '?tier=core', set: press(/^3 core/), shows: ['gateway', 'ledger', 'storefront'] },
    {
      query: '?criterion=C6',
      set: select('Criterion not met', 'C6 CLAUDE.md'),
      shows: ['scratch', 'gateway'],
    },
    { query: '?stale=true', set: check('stale'), shows: [] },
    { query: '?broken=true', set: press(/^0 broken/), shows: [] },
    { query: '?never=true', set: press(/^0 never evaluated/), shows: [] },
    {
      query: '?sort=name',
      set: select('Order', 'By name'),
      shows: ['gateway', 'ledger', 'scratch', 'storefront'],
    },
  ];
  // The page of the person who filters, and the page of another one who opens the shared address.
  let page: Page;
  let other: Page;
  beforeAll(async () => {
    page = await chromium.visit(served.url, { isShared: true });
    other = await chromium.visit(served.url, { isShared: true });
  });
  it.each(FILTERINGS)('stands in the address ($query), which sets it for another reader', async (one) => {
    const { query, set, shows } = one;
    await page.goto(served.url);
    await page.getByText('4 shown').waitFor();
    await set(page);
    await showsOnly(page, shows);
    expect(queryOf(page)).toBe(query);
    await other.goto(page.url());
    await other.locator('.filters').waitFor();
    await showsOnly(other, shows);
    expect(queryOf(other)).toBe(query);
    const fieldsOf = (of: Page) =>
      of
        .locator('.filters :is(input, select)')
        .evaluateAll((all) =>
          all.map((field) => (field.matches(':checked') ? 'checked' : (field as HTMLInputElement).value)),
        );
    expect(await fieldsOf(other)).toEqual(await fieldsOf(page));
  });

  it('and all others are removed by one button', async () => {
    await page.goto(`${served.url}?text=led&domain=shop&criterion=C6`);
    await page.getByText('No repository matches these filters.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).first().click();
    await expect.poll(async () => (await shown(page)).toSorted()).toEqual(BY_NAME);
    expect(queryOf(page)).toBe('');
    expect(await page.getByRole('searchbox', { name: 'Name' }).inputValue()).toBe('');
  });

  it('with an unknown value changes nothing', async () => {
    await page.goto(`${served.url}?tier=gold&criterion=C15&sort=best&stale=1&other=x`);
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

  it('when the API can filter like the page, then the file has the repositories on the page', async () => {
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
