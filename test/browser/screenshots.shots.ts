/** Takes the picture of the docs, and others to review the page by: `npm run screenshots`. They show real verdicts. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { devices, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { Chromium, type VisitOptions } from './chromium.js';
import { makeOrganisation } from './organisation.js';
import { openServed, type Served } from './served.js';

const DOCS = join(packageRoot, 'docs/images');
/** The pictures for review, which the repository leaves out. */
const REVIEW = join(packageRoot, '.screenshots');
const DESK: VisitOptions = { viewport: { width: 1440, height: 900 } };
const { defaultBrowserType: _, ...PHONE } = devices['Pixel 7']!;

const scope = new Scope();
let served: Served;
let empty: Served;
let chromium: Chromium;
beforeAll(async () => {
  for (const folder of [DOCS, REVIEW]) await mkdir(folder, { recursive: true });
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  empty = scope.add('empty', await openServed('empty'), (it) => it.close());
  served = scope.add('served', await openServed('organisation'), (it) => it.close());
  await empty.startWeb();
  await served.startWeb();
  await makeOrganisation(served);
  await served.behaves('label-printer', 'kill -9 $$');
  await served.world.write('label-printer', 'workplans/plan.md', 'x');
  await served.summaryIs((entries) => entries.some(({ broken }) => broken));
  // Stays stale, since its check does not end.
  await served.behaves('gateway', 'sleep 600');
  await served.world.write('gateway', 'workplans/plan.md', 'x');
  await served.summaryIs((entries) =>
    entries.some(({ repo_slug: slug, stale }) => slug === 'gateway' && stale),
  );
});
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

interface Shot {
  readonly file: string;
  readonly query?: string;
  readonly options?: VisitOptions;
  readonly of?: () => Served;
  /** Waits until the page shows what the picture is for. */
  readonly ready?: (page: Page) => Promise<unknown>;
  readonly whole?: boolean;
}
const isDrawn = (page: Page) => page.locator('.trend svg').waitFor();
const isOpen = (page: Page) => page.locator('.panel .criteria').waitFor();
const dark = { colorScheme: 'dark' } as const;
const SHOTS: readonly Shot[] = [
  { file: join(DOCS, 'dashboard.png') },
  { file: join(REVIEW, 'dark.png'), options: dark },
  { file: join(REVIEW, 'whole.png'), whole: true },
  { file: join(REVIEW, 'repository.png'), query: '?repo=fraud-rules', ready: isOpen },
  { file: join(REVIEW, 'stale.png'), query: '?repo=gateway', ready: isOpen, options: dark },
  { file: join(REVIEW, 'broken.png'), query: '?repo=label-printer', ready: isOpen, whole: true },
  { file: join(REVIEW, 'phone.png'), options: PHONE },
  { file: join(REVIEW, 'phone-whole.png'), options: PHONE, whole: true },
  { file: join(REVIEW, 'phone-repository.png'), query: '?repo=fraud-rules', options: PHONE, ready: isOpen },
  { file: join(REVIEW, 'filtered.png'), query: '?domain=payments&criterion=C8' },
  { file: join(REVIEW, 'none.png'), query: '?text=zzz' },
  { file: join(REVIEW, 'empty.png'), of: () => empty, ready: (page) => page.locator('.alone').waitFor() },
];

it.each(SHOTS)(
  '$file',
  async ({ file, query = '', options = {}, of = () => served, ready, whole = false }) => {
    const page = await chromium.visit(of().url + query, { ...DESK, ...options });
    await (ready ?? isDrawn)(page);
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: file, fullPage: whole });
  },
);

it('offline.png', async () => {
  const page = await chromium.visit(served.url, { ...DESK, mayFail: true, ownClock: true });
  await isDrawn(page);
  await page.context().setOffline(true);
  await page.clock.fastForward(15_000);
  await page.getByRole('button', { name: 'Try now' }).waitFor();
  await page.screenshot({ path: join(REVIEW, 'offline.png') });
});
