/** Tests of the matrix, its cells and keys, of the cards on a phone, of paper, and of the chart of the trend. */
import type { Locator, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TrendAnswer } from '../../src/api/history.js';
import type { SummaryEntry } from '../../src/api/summary.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, type Served } from './served.js';

const scope = new Scope();
let served: Served;
let chromium: Chromium;
beforeAll(async () => {
  served = scope.add('served', await openServed('matrix'), (it) => it.close());
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  await served.add('ledger', 'payments', GOOD);
  await served.add('gateway', 'payments', { 'SCOPE.md': '# Scope\n' });
  await served.startWeb();
  served.startWorker();
  await served.allFresh();
  // Stays stale: its home host is another one, which never reports.
  await served.add('a-repository-with-quite-a-long-name-as-some-have', 'shop');
  // So that there are days before today.
  await served.world.sql`update managed_repos set created_at = now() - interval '60 days'`;
  await served.world.sql`
    update managed_repos set host_paths = '{"elsewhere": "/srv/far"}' where slug like 'a-repository%'`;
});
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

const rowOf = (page: Page, slug: string) => page.locator(`tr[data-slug="${slug}"]`);
const tip = (page: Page) => page.locator('.tip');
const isOnScreen = (one: Locator) =>
  one.evaluate((it) => {
    const { top, bottom } = it.getBoundingClientRect();
    return it.textContent !== '' && bottom > 0 && top < innerHeight;
  });
const place = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: focus } = document;
    return [focus?.closest('tr')?.dataset['slug'], (focus as HTMLElement).dataset['column']];
  });

describe('a cell', () => {
  it('when the pointer rests on it, then a tip shows its criterion, verdict, reason and time', async () => {
    let reads = 0;
    const onRequest = (request: Request) => {
      if (request.url().endsWith('/repos/gateway/doi')) reads += 1;
    };
    const page = await chromium.visit(served.url, { onRequest });
    const { criteria } = await served.world.read('gateway');
    const { detail, status } = criteria.find(({ id }) => id === 'C6')!;
    await rowOf(page, 'gateway').locator('td.cell').nth(5).hover();
    await expect.poll(() => tip(page).innerText()).toContain(detail.replaceAll('`', ''));
    const text = await tip(page).innerText();
    expect(text).toMatch(new RegExp(`^C6 CLAUDE.md: ${status}, needed for standard\n`));
    expect(text).toMatch(/\nEvaluated just now, .*\d:\d\d:\d\d/);
    // The pointer can enter the tip; Escape dismisses it.
    await tip(page).hover();
    expect(await tip(page).innerText()).toBe(text);
    await page.keyboard.press('Escape');
    expect(await tip(page).innerText()).toBe('');
    // One report serves all cells of a row.
    await rowOf(page, 'gateway').locator('td.cell').nth(6).hover();
    const next = criteria.find(({ id }) => id === 'C7')!.detail.replaceAll('`', '');
    await expect.poll(() => tip(page).innerText()).toContain(next);
    expect(reads).toBe(1);
  });

  it('when its tip is scrolled off the screen, then Escape closes the panel at once', async () => {
    const page = await chromium.visit(`${served.url}?sort=name&repo=ledger`, {
      viewport: { width: 1440, height: 300 },
    });
    await page.locator('.panel .criteria').waitFor();
    await rowOf(page, 'gateway').locator('td.tier-column').focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => tip(page).innerText()).not.toBe('');
    await page.evaluate(() => scrollTo(0, 0));
    await expect.poll(() => isOnScreen(tip(page))).toBe(false);
    await page.keyboard.press('Escape');
    await page.locator('.panel').waitFor({ state: 'detached' });
  });

  it('when it has the focus, then a tip explains it, to screen readers too, and Enter opens its repository', async () => {
    const page = await chromium.visit(`${served.url}?sort=name`);
    await rowOf(page, 'gateway').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await place(page)).toEqual(['gateway', '0']);
    // The tier, and six criteria.
    for (let step = 0; step < 7; step += 1) await page.keyboard.press('ArrowRight');
    await page.getByRole('status').filter({ hasText: 'C6 CLAUDE.md' }).waitFor();
    await page.keyboard.press('End');
    await page.getByRole('status').filter({ hasText: 'Evaluated just now' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('complementary').getByRole('heading', { name: 'gateway' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => place(page)).toEqual(['gateway', '16']);
  });
});

describe('the matrix', () => {
  it('is one stop of the Tab key, which returns to the cell that was left', async () => {
    const page = await chromium.visit(`${served.url}?sort=name`);
    await rowOf(page, 'gateway').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    const left = ['ledger', '1'];
    expect(await place(page)).toEqual(left);
    expect(await page.locator('.matrix [tabindex="0"]').count()).toBe(1);
    await page.keyboard.press('Shift+Tab');
    expect(await place(page)).toEqual([undefined, undefined]);
    await page.keyboard.press('Tab');
    expect(await place(page)).toEqual(left);
  });

  let resized: Page;
  beforeAll(async () => {
    resized = await chromium.visit(served.url, { isShared: true });
  });
  // At each width: the page alone, and with a repository open.
  it.each([
    [1920, true],
    [1440, true],
    [1280, true],
    [1200, true],
    [1199, false],
    [1024, false],
    [761, false],
  ])(
    'when the window is %d px wide, then no column is cut off (panel beside: %s)',
    async (width, isBeside) => {
      const page = resized;
      await page.setViewportSize({ width, height: 900 });
      await page.goto(served.url);
      const row = rowOf(page, 'gateway');
      await row.waitFor();
      const cut = () =>
        page.evaluate(() => {
          const { left, right } = document.querySelector('main')!.getBoundingClientRect();
          const cells = [...document.querySelectorAll('.matrix :is(th, td)')];
          const outside = cells.filter((cell) => {
            const box = cell.getBoundingClientRect();
            return box.left < left || box.right > right;
          });
          const tooNarrow = document.querySelectorAll<HTMLElement>(
            '.matrix :is(td.tier-column, td.age, td.cell, .tiers-row th)',
          );
          const clipped = [...tooNarrow].filter((cell) => cell.scrollWidth > cell.clientWidth);
          return [...outside, ...clipped].map(({ outerHTML }) => outerHTML);
        });
      expect(await cut()).toEqual([]);
      await row.getByRole('button').click();
      const panel = page.getByRole('complementary');
      await panel.locator('.criteria').waitFor();
      expect(await cut()).toEqual([]);
      const box = (await panel.boundingBox())!;
      expect(box.x + box.width).toBeLessThanOrEqual(width);
      const age = (await row.locator('.age').boundingBox())!;
      // A panel over the matrix covers this column.
      expect(age.x + age.width <= box.x).toBe(isBeside);
      expect(await page.locator('main').getAttribute('inert')).toBe(isBeside ? null : '');
    },
  );
});

it('on a phone each repository is a card with its tier, failing criteria, freshness and age', async () => {
  const page = await chromium.visit(`${served.url}?sort=name`, { viewport: { width: 390, height: 800 } });
  const card = (slug: string) => page.getByRole('article').filter({ hasText: slug });
  await card('gateway').waitFor();
  expect(await page.locator('.matrix').count()).toBe(0);
  const summary = await (await fetch(`${served.url}repos/doi/summary`)).json();
  for (const { repo_slug: slug, tier, failing } of summary as SummaryEntry[]) {
    const text = await card(slug).innerText();
    expect(text).toContain(tier);
    for (const { id, label } of failing) expect(text).toContain(`${id} ${label}`);
  }
  expect(await card('gateway').innerText()).toMatch(/fresh\s+evaluated just now/);
  expect(await card('a-repository').innerText()).toMatch(/never evaluated/);
});

it('the printed page has all columns and rows, the criteria on each sheet, and no buttons', async () => {
  const page = await chromium.visit(`${served.url}?repo=gateway`, { colorScheme: 'dark' });
  await page.locator('.panel .criteria').waitFor();
  await page.emulateMedia({ media: 'print' });
  // As wide as a sheet of A4 between its margins.
  await page.setViewportSize({ width: 1047, height: 718 });
  const hidden = page.locator('.panel, .filters, .csv, .top button');
  for (const one of await hidden.all()) expect(await one.isVisible()).toBe(false);
  const sheet = await page.evaluate(() => {
    const head = document.querySelector('.matrix thead')!;
    const widest = Math.max(
      ...[...document.querySelectorAll('.matrix :is(th, td)')].map((it) => it.getBoundingClientRect().right),
    );
    return {
      widest,
      head: head.clientHeight,
      display: getComputedStyle(head).display,
      ground: getComputedStyle(document.body).color,
    };
  });
  expect(sheet.widest).toBeLessThanOrEqual(1047);
  // A browser repeats a head that takes less than a quarter of a page.
  expect(sheet.head).toBeLessThan(718 / 4);
  expect(sheet.display).toBe('table-header-group');
  expect(await page.locator('.on-paper').innerText()).toContain(page.url());
});

it('a page that is printed from a phone has the matrix', async () => {
  const page = await chromium.visit(served.url, { viewport: { width: 390, height: 800 } });
  await page.getByRole('article').first().waitFor();
  await page.evaluate(() =>
    addEventListener('beforeprint', () => {
      document.title = `${document.querySelectorAll('.matrix td.cell').length} cells`;
    }),
  );
  await page.pdf({ preferCSSPageSize: true });
  expect(await page.title()).toBe('42 cells');
});

it('the trend shows the numbers of the day that the pointer or the arrow keys choose', async () => {
  const page = await chromium.visit(served.url);
  await page.locator('.trend svg').waitFor();
  const { days } = (await (await fetch(`${served.url}doi/trend?days=30`)).json()) as TrendAnswer;
  const slider = page.getByRole('slider', { name: 'Repositories at each tier' });
  const shows = ({ date, full }: TrendAnswer['days'][number]) =>
    expect
      .poll(() => page.locator('.keys').innerText())
      .toMatch(new RegExp(`^\\w+ ${Number(date.slice(8))}\\s+${full} full\\s`));
  await shows(days.at(-1)!);
  await slider.press('ArrowLeft');
  await shows(days.at(-2)!);
  expect(await slider.getAttribute('aria-valuetext')).toMatch(
    /^\w+ \d+: \d+ full, \d+ standard, \d+ core, \d+ no tier$/,
  );
  await slider.press('Home');
  await shows(days[0]!);
  const box = (await slider.boundingBox())!;
  await page.mouse.move(box.x + box.width - 12, box.y + 40);
  await shows(days.at(-1)!);
});
