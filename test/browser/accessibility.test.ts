/** Tests of the page by axe, in each of its states, on a desk and on a phone, in both colour schemes. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import { devices, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../src/platform/process/shutdown.js';
import { Chromium, type VisitOptions } from './chromium.js';
import { GOOD, openServed, type Served } from './served.js';

const scope = new Scope();
let served: Served;
let empty: Served;
let closedUrl: string;
let chromium: Chromium;
let axe: string;
beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  empty = scope.add('empty', await openServed('empty'), (it) => it.close());
  await empty.startWeb();
  served = scope.add('served', await openServed('accessible'), (it) => it.close());
  await served.add('ledger', 'payments', GOOD);
  await served.add('gateway', 'payments', { 'SCOPE.md': '# Scope\n' });
  await served.add('broken', 'shop');
  await served.behaves('broken', 'kill -9 $$');
  await served.startWeb();
  closedUrl = await served.serveWith({ DOI_READ_TOKEN: 'token-for-reading-0123' });
  served.startWorker();
  await served.summaryIs(
    (entries) => entries.some(({ broken }) => broken) && entries.some(({ stale }) => !stale),
  );
  // Stays stale: its home host is another one, which never reports.
  await served.add('far', 'shop', GOOD);
  await served.world
    .sql`update managed_repos set host_paths = '{"elsewhere": "/srv/far"}' where slug = 'far'`;
  await served.world.sql`
    insert into doi_host (host, heartbeat, version, capacity) values ('gone', now() - interval '20 minutes', '0.1.0', 1)`;
});
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

/** The rules of axe about colours that are on by default. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'] as const;

type Run = (options?: RunOptions) => Promise<AxeResults>;

/**
 * What violates the rules of axe: those of WCAG 2.2 AA, and its makers' own. In the dark scheme it applies the rules of
 * colour alone: the scheme changes nothing but colours.
 */
async function violationsOf(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the page's policy does not bind.
  await page.evaluate(axe);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await page.evaluate(() => (globalThis as unknown as { axe: { run: Run } }).axe.run());
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await page.evaluate(
    (values) =>
      (globalThis as unknown as { axe: { run: Run } }).axe.run({ runOnly: { type: 'rule', values } }),
    [...COLOUR_RULES],
  );
  expect(light.passes.length).toBeGreaterThan(5);
  expect(dark.passes.map(({ id }) => id)).toContain('color-contrast');
  return Object.entries({ light, dark }).flatMap(([scheme, { violations }]) =>
    violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html }) => `${scheme}: ${id}: ${help}: ${html}`),
    ),
  );
}

const { defaultBrowserType: _, ...PHONE } = devices['Pixel 7']!;
const DEVICES: Readonly<Record<string, VisitOptions>> = { 'on a desk': {}, 'on a phone': PHONE };

describe.each(Object.entries(DEVICES))('the page is accessible %s', (_name, device) => {
  it('with its repositories, and a host that is gone', async () => {
    const page = await chromium.visit(served.url, device);
    await page.getByRole('button', { name: 'ledger' }).waitFor();
    await page.locator('.trend svg').waitFor();
    await page.getByText(/^gone .* its worker last reported 2\d min\. ago\. Is it running\?$/).waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('with a cell explained, and a day of the trend chosen', async () => {
    const page = await chromium.visit(served.url, device);
    await page.locator('.trend svg').waitFor();
    await page.getByRole('slider').press('ArrowLeft');
    if (device.isMobile !== true) {
      await page.getByRole('row', { name: 'gateway' }).locator('td.cell').nth(5).hover();
      await page.locator('.tip', { hasText: 'C6 CLAUDE.md' }).waitFor();
    }
    expect(await violationsOf(page)).toEqual([]);
  });

  it('with a filter that no repository matches', async () => {
    const page = await chromium.visit(`${served.url}?text=nothing&broken=true`, device);
    await page.getByText('No repository matches these filters.').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it.each(['ledger', 'broken', 'far'])('with %s open', async (slug) => {
    const page = await chromium.visit(`${served.url}?repo=${slug}`, device);
    await page.locator('.panel .headline').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('at what the criteria require', async () => {
    const page = await chromium.visit(`${served.url}criteria#c5`, device);
    expect(await violationsOf(page)).toEqual([]);
    const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
    expect(scrollWidth).toBe(clientWidth);
  });

  it('with an open repository that has vanished', async () => {
    const page = await chromium.visit(`${served.url}?repo=gone`, { ...device, mayFail: true });
    await page.getByText('No repository is registered as').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('with the dialog for the token of a refresh', async () => {
    const page = await chromium.visit(`${served.url}?repo=ledger`, device);
    await page.getByRole('button', { name: 'Evaluate again' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('without repositories', async () => {
    const page = await chromium.visit(empty.url, device);
    await page.getByText('No repositories yet').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('with the form for the token of reads', async () => {
    const page = await chromium.visit(closedUrl, { ...device, mayFail: true });
    await page.getByText('This service needs a token').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('offline', async () => {
    const page = await chromium.visit(served.url, { ...device, mayFail: true, ownClock: true });
    await page.getByRole('button', { name: 'ledger' }).waitFor();
    await page.context().setOffline(true);
    await page.clock.fastForward(15_000);
    await page.getByRole('button', { name: 'Try now' }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('as wide as the screen: it does not scroll sideways, and cuts no text', async () => {
    const page = await chromium.visit(`${served.url}?repo=gateway`, device);
    await page.locator('.panel .criteria').waitFor();
    const excess = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
    expect(await page.evaluate(excess)).toBe(0);
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await page.evaluate(excess)).toBe(0);
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
