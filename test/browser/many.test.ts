/** Tests of the page with 1,000 repositories: how long its scripts run, and which rows it draws. */
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../src/platform/process/shutdown.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, type Served } from './served.js';

const REPOSITORIES = 1000;
const DOMAINS = 25;
/** How long scripts may run for a scroll or a filter, in milliseconds; asserted at five times its value. */
const PROMISED_MS = 100;

const scope = new Scope();
let served: Served;
let chromium: Chromium;
/** One page for all tests, since it takes long to draw; each test sets what it needs. */
let page: Page;
let session: CDPSession;
beforeAll(async () => {
  served = scope.add('served', await openServed('many'), (it) => it.close());
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  await served.add('model', 'domain-0', GOOD);
  await served.startWeb();
  served.startWorker();
  await served.allFresh();
  await copyModel();
  await served.summaryIs(
    (entries) => entries.length === REPOSITORIES && entries.every(({ checked_at: at }) => at !== null),
  );
  page = await chromium.visit(served.url, { isShared: true });
  await page.getByText(`${REPOSITORIES} shown`).waitFor();
  session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
}, 120_000);
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

/** Copies the one evaluated repository with its row. Where the checkouts of the copies are does not matter here. */
async function copyModel(): Promise<void> {
  const { sql } = served.world;
  await sql`
    insert into domains (slug, name)
    select 'domain-' || n, 'domain-' || n from generate_series(1, ${DOMAINS - 1}) n`;
  await sql`
    insert into managed_repos (id, slug, name, domain_id, host_paths, remote_url)
    select gen_random_uuid(), 'repo-' || n, 'repo-' || n, d.id, '{"elsewhere": "/srv/repo"}', 'https://git.example/a/b'
    from generate_series(1, ${REPOSITORIES - 1}) n join domains d on d.slug = 'domain-' || n % ${DOMAINS}`;
  await sql`
    insert into doi_cache (id, repo_id, tier, core_pass, standard_pass, full_pass, criteria, fingerprint, checked_at)
    select gen_random_uuid(), r.id, c.tier, c.core_pass, c.standard_pass, c.full_pass, c.criteria, c.fingerprint, c.checked_at
    from managed_repos r cross join doi_cache c where r.id <> c.repo_id`;
}

/** Waits until the last change is drawn; a key that is held down repeats less often than this. */
const nextFrame = () =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));

/** How long the page's scripts ran during an act, in milliseconds. */
async function scriptTime(act: () => Promise<unknown>): Promise<number> {
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? Number.NaN);
  };
  const before = await read();
  await act();
  await nextFrame();
  return (await read()) - before;
}

function expectPromised(what: string, times: readonly number[]): void {
  const longest = Math.max(...times);
  console.log(
    `${REPOSITORIES} repositories: ${what} took ${longest.toFixed(0)} ms of script at most, promised are ${PROMISED_MS}`,
  );
  expect(longest).toBeLessThan(5 * PROMISED_MS);
}

describe('1,000 repositories', () => {
  it('scroll smoothly, and each row is drawn when it comes to the screen', async () => {
    const times: number[] = [];
    const drawn = new Set<string>();
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    for (let top = 0; top < height; top += 600) {
      times.push(await scriptTime(() => page.evaluate((y) => scrollTo(0, y), top)));
      const { slugs, isRow } = await page.evaluate(() => ({
        slugs: [...document.querySelectorAll('.open-repo')].map(({ textContent }) => textContent),
        // No gap where rows should be.
        isRow: document.elementFromPoint(400, innerHeight - 20)?.closest('tr.gap') === null,
      }));
      for (const slug of slugs) drawn.add(slug);
      expect(isRow, `at ${top}`).toBe(true);
    }
    expect(drawn.size).toBe(REPOSITORIES);
    expectPromised('a scroll', times);
  }, 60_000);

  it('have the names of the criteria above them, wherever the page is scrolled to', async () => {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight / 2));
    await nextFrame();
    const head = (await page.locator('.matrix thead').boundingBox())!;
    expect(head.y).toBe(0);
    const visible = await page.evaluate(
      () =>
        [...document.querySelectorAll('.criterion .id')].filter((id) => {
          const { x, y, width, height } = id.getBoundingClientRect();
          return document.elementFromPoint(x + width / 2, y + height / 2) === id;
        }).length,
    );
    expect(visible).toBe(14);
    // Nor does the head hide the cell that the keys move to.
    const middle = page.locator('.open-repo').nth(20);
    await middle.focus();
    for (let step = 0; step < 18; step += 1) await page.keyboard.press('ArrowUp');
    await nextFrame();
    const focused = await page.evaluate(() => document.activeElement!.getBoundingClientRect().top);
    expect(focused).toBeGreaterThanOrEqual(head.height);
  });

  it('are all drawn when the browser begins to print', async () => {
    const drawn = page.locator('.open-repo');
    expect(await drawn.count()).toBeLessThan(REPOSITORIES / 2);
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    expect(await drawn.count()).toBe(REPOSITORIES);
    await page.evaluate(() => dispatchEvent(new Event('afterprint')));
    expect(await drawn.count()).toBeLessThan(REPOSITORIES / 2);
  });

  it('are cards on a phone, to which scrolling adds more', async () => {
    const phone = await chromium.visit(served.url, { viewport: { width: 390, height: 800 } });
    const cards = phone.getByRole('article');
    await cards.first().waitFor();
    const first = await cards.count();
    expect(first).toBeLessThan(REPOSITORIES / 2);
    await phone.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await expect.poll(() => cards.count()).toBeGreaterThan(first);
  });

  it('are filtered as fast as a person types', async () => {
    const field = page.getByRole('searchbox', { name: 'Name' });
    const times: number[] = [];
    for (const text of ['r', 're', 'repo-9', 'repo-99', 'repo-999', '']) {
      times.push(await scriptTime(() => field.fill(text)));
    }
    await page.getByText(`${REPOSITORIES} shown`).waitFor();
    const order = page.getByRole('combobox', { name: 'Order' });
    for (const label of ['By name', 'Evaluated most recently', 'Worst first']) {
      times.push(await scriptTime(() => order.selectOption({ label })));
    }
    expectPromised('a filter', times);
  });

  it('are reached by the down key, row by row, beyond the rows that are drawn', async () => {
    await page.evaluate(() => scrollTo(0, 0));
    await nextFrame();
    await page.locator('.open-repo').first().focus();
    for (let step = 0; step < 80; step += 1) {
      await page.keyboard.press('ArrowDown');
      await nextFrame();
    }
    const focus = await page.evaluate(() => document.activeElement?.className);
    expect(focus).toBe('open-repo');
    const rowIndex = await page.evaluate(() =>
      document.activeElement?.closest('tr')?.getAttribute('aria-rowindex'),
    );
    // The head, two or more heads of domains, and 81 rows.
    expect(Number(rowIndex)).toBeGreaterThan(81);
  });
});
