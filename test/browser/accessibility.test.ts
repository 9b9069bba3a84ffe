import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { devices, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../src/platform/shutdown.js';
import { Chromium, type VisitOptions } from './chromium.js';
import { GOOD, openServed, type Served } from './served.js';

const scope = new Scope();
let served: Served;
let empty: Served;
let closed: Served;
let chromium: Chromium;
let axe: string;
beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  empty = scope.add('empty', await openServed('empty'), (it) => it.close());
  closed = scope.add(
    'closed',
    await openServed('closed', { env: { DOI_READ_TOKEN: 'token-for-reading-0123' } }),
    (it) => it.close(),
  );
  await Promise.all([empty.startWeb(), closed.startWeb()]);
  served = scope.add('served', await openServed('accessible'), (it) => it.close());
  await served.add('ledger', 'payments', GOOD);
  await served.add('gateway', 'payments', { 'SCOPE.md': '# Scope\n' });
  await served.add('broken', 'shop');
  await served.behaves('broken', 'kill -9 $$');
  await served.startWeb();
  served.startWorker();
  await served.summaryIs(
    (entries) => entries.some(({ broken }) => broken) && entries.some(({ stale }) => !stale),
  );
  // Stale for good: its host is another one, which nobody hears of.
  await served.add('far', 'shop', GOOD);
  await served.world
    .sql`update managed_repos set host_paths = '{"elsewhere": "/srv/far"}' where slug = 'far'`;
  await served.world.sql`
    insert into doi_host (host, heartbeat, version, capacity) values ('gone', now() - interval '20 minutes', '0.1.0', 1)`;
});
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

/** All rules that axe has: those of WCAG 2.2 AA, and what its makers hold to be good besides. */
async function violationsOf(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  expect(passes.length).toBeGreaterThan(5);
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
}

const { defaultBrowserType: _, ...PHONE } = devices['Pixel 7']!;
const LOOKS: Readonly<Record<string, VisitOptions>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'on a phone': PHONE,
  'on a dark phone': { ...PHONE, colorScheme: 'dark' },
};

describe.each(Object.entries(LOOKS))('the page, %s', (_name, look) => {
  it('with its repositories, and a host that is gone', async () => {
    const page = await chromium.visit(served.url, look);
    await page.getByRole('button', { name: 'ledger' }).waitFor();
    await page.locator('.trend svg').waitFor();
    await page.getByText(/^gone .* its worker last reported 2\d min\. ago\. Is it running\?$/).waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('with a cell explained, and a day of the trend chosen', async () => {
    const page = await chromium.visit(served.url, look);
    await page.locator('.trend svg').waitFor();
    await page.getByRole('slider').press('ArrowLeft');
    if (look.isMobile !== true) {
      await page.getByRole('row', { name: 'gateway' }).locator('td.cell').nth(5).hover();
      await page.locator('.tip', { hasText: 'C6 CLAUDE.md' }).waitFor();
    }
    expect(await violationsOf(page)).toEqual([]);
  });

  it('with a filter by which nothing is shown', async () => {
    const page = await chromium.visit(`${served.url}?text=nothing&broken=true`, look);
    await page.getByText('No repository matches these filters.').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it.each(['ledger', 'broken', 'far'])('with %s open', async (slug) => {
    const page = await chromium.visit(`${served.url}?repo=${slug}`, look);
    await page.locator('.panel .headline').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('of what the criteria ask', async () => {
    const page = await chromium.visit(`${served.url}criteria#c5`, look);
    expect(await violationsOf(page)).toEqual([]);
    const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
    expect(scrollWidth).toBe(clientWidth);
  });

  it('with one open that has vanished', async () => {
    const page = await chromium.visit(`${served.url}?repo=gone`, { ...look, mayFail: true });
    await page.getByText('No repository is registered as').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('asking for the token of a refresh', async () => {
    const page = await chromium.visit(`${served.url}?repo=ledger`, look);
    await page.getByRole('button', { name: 'Evaluate again' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('without repositories', async () => {
    const page = await chromium.visit(empty.url, look);
    await page.getByText('No repositories yet').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('asking for the token of reads', async () => {
    const page = await chromium.visit(closed.url, { ...look, mayFail: true });
    await page.getByText('This service needs a token').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('offline', async () => {
    const page = await chromium.visit(served.url, { ...look, mayFail: true, ownClock: true });
    await page.getByRole('button', { name: 'ledger' }).waitFor();
    await page.context().setOffline(true);
    await page.clock.fastForward(15_000);
    await page.getByRole('button', { name: 'Try now' }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('is as wide as the screen: nothing is scrolled sideways, and no text is cut', async () => {
    const page = await chromium.visit(`${served.url}?repo=gateway`, look);
    await page.locator('.panel .criteria').waitFor();
    const wider = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
    expect(await page.evaluate(wider)).toBe(0);
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await page.evaluate(wider)).toBe(0);
    const cut = await page.evaluate(() =>
      [
        ...document.querySelectorAll<HTMLElement>(
          'button, h1, h2, h3, h4, .tile span, .legend li, .asides *, .keys li, .tip',
        ),
      ]
        .filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1)
        .map(({ outerHTML }) => outerHTML),
    );
    expect(cut).toEqual([]);
  });
});
