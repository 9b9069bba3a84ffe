/** Tests of how the page polls, and of what it shows while the service is away. */
import { rm } from 'node:fs/promises';
import type { Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../src/platform/process/shutdown.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, type Served } from './served.js';

const scope = new Scope();
let served: Served;
let chromium: Chromium;
beforeAll(async () => {
  served = scope.add('served', await openServed('polling'), (it) => it.close());
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  await served.add('ledger', 'payments', GOOD);
  await served.startWeb();
  served.startWorker();
  await served.allFresh();
});
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

const PERIOD_MS = 15_000;
const isSummary = (request: Request) => request.url().endsWith('/repos/doi/summary');

/** A page after its first poll, with the `If-None-Match` of each poll. */
async function openPolled(mayFail = false): Promise<{ page: Page; polls: (string | undefined)[] }> {
  const polls: (string | undefined)[] = [];
  const onRequest = (request: Request) => {
    if (isSummary(request)) polls.push(request.headers()['if-none-match']);
  };
  const page = await chromium.visit(served.url, { mayFail, ownClock: true, onRequest });
  // What a poll reads last.
  await page.locator('.hosts li').waitFor();
  await connectionIs(page, /^Live/);
  return { page, polls };
}
const connectionIs = (page: Page, pattern: RegExp) =>
  expect.poll(() => page.locator('.connection').innerText()).toMatch(pattern);
/** Moves the page's clock on, and runs the timers that are due by then. */
const later = (page: Page, ms: number) => page.clock.fastForward(ms);
const polled = (polls: readonly unknown[], count: number) => expect.poll(() => polls.length).toBe(count);

/** Hides the page, or shows it, as a change of tabs does; a headless Chromium has no tabs to change. */
const hide = (page: Page, isHidden: boolean) =>
  page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);

describe('while the service answers', () => {
  it('the page polls every 15 s, and the service sends only what has changed', async () => {
    const { page, polls } = await openPolled();
    const reply = page.waitForResponse((response) => isSummary(response.request()));
    await later(page, PERIOD_MS - 1000);
    expect(polls).toEqual([undefined]);
    await later(page, 1001);
    expect((await reply).status()).toBe(304);
    await polled(polls, 2);
    const checked = page.locator('.connection', { hasText: /^Live, checked / }).locator('time');
    await expect
      .poll(() => checked.getAttribute('datetime'))
      .toBe((await reply).headers()['doi-verified-at']);
    expect(polls[1]).toMatch(/^"/);
    // The rest of a poll may still be under way.
    await expect
      .poll(async () => {
        await later(page, PERIOD_MS);
        return polls.length;
      })
      .toBeGreaterThanOrEqual(4);
    expect(polls.slice(1)).toEqual(polls.slice(1).map(() => polls[1]));
  });

  it('the page shows a change, and marks it for a moment', async () => {
    const { page } = await openPolled();
    const cell = page.locator('td.cell').nth(4);
    expect(await cell.textContent()).toBe('warn');
    expect(await page.locator('.changed').count()).toBe(0);
    const reason = async () => {
      const { criteria } = await served.world.read('ledger');
      return criteria.find(({ id }) => id === 'C5')?.detail.replaceAll('`', '') ?? 'none';
    };
    // By the keys: the list of changes, which grows, moves the cells away from the pointer.
    await page.locator('td.cell').nth(3).press('ArrowRight');
    await page.clock.runFor(400);
    await page.locator('.tip', { hasText: await reason() }).waitFor();
    await rm(served.world.path('ledger', 'SCOPE.md'));
    await served.summaryIs(([entry]) => entry?.statuses.C5 === 'fail' && !entry.stale);
    await later(page, PERIOD_MS);
    await expect.poll(() => cell.textContent()).toBe('fail');
    expect(await cell.getAttribute('class')).toContain('changed');
    expect(await page.locator('td.changed').count()).toBe(1);
    await page.locator('.tip', { hasText: await reason() }).waitFor();
    await later(page, 4001);
    await expect.poll(() => page.locator('.changed').count()).toBe(0);
    await served.world.write('ledger', 'SCOPE.md', GOOD['SCOPE.md']);
    await served.summaryIs(([entry]) => entry?.statuses.C5 === 'warn' && !entry.stale);
  });

  it('the page does not poll while it is hidden, and polls at once when it is shown again', async () => {
    const { page, polls } = await openPolled();
    await hide(page, true);
    await later(page, 10 * PERIOD_MS);
    await later(page, 10 * PERIOD_MS);
    expect(polls).toHaveLength(1);
    await hide(page, false);
    await polled(polls, 2);
  });

  it('when the page is to poll during a poll, then it polls once more, since that answer may be older', async () => {
    const { page, polls } = await openPolled();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/repos/doi/summary', async (route) => {
      await held;
      await route.continue();
    });
    await later(page, PERIOD_MS);
    await polled(polls, 2);
    await hide(page, false);
    expect(polls).toHaveLength(2);
    release();
    await polled(polls, 3);
  });

  it('the page shows ages, which move on, and the exact time beside the pointer', async () => {
    const { page } = await openPolled(true);
    const age = page.locator('td.age time');
    expect(await age.innerText()).toBe('just now');
    const [entry] = (await (await fetch(`${served.url}repos/doi/summary`)).json()) as [
      { checked_at: string },
    ];
    expect(await age.getAttribute('datetime')).toBe(entry.checked_at);
    await age.hover();
    await page.clock.runFor(400);
    await page.locator('.tip', { hasText: /\d{4}.*\d:\d\d:\d\d/ }).waitFor();
    await page.context().setOffline(true);
    await later(page, 3 * 3_600_000);
    await expect.poll(() => age.innerText()).toBe('3 hr. ago');
  });
});

describe('while the service is away', () => {
  it('the page says so, keeps its data, polls less and less often, and is live again by itself', async () => {
    const { page, polls } = await openPolled(true);
    await served.stopWeb();
    await later(page, PERIOD_MS);
    await connectionIs(page, /^Offline: last answer (?:just now|\d)/);
    expect(await page.locator('.open-repo').allInnerTexts()).toEqual(['ledger']);
    const pauses: number[] = [];
    for (const _ of [1, 2, 3, 4]) {
      const before = polls.length;
      let waited = 0;
      // A poll plans the next one only when it has failed.
      await expect
        .poll(async () => {
          await later(page, 1000);
          waited += 1;
          return polls.length;
        })
        .toBeGreaterThan(before);
      pauses.push(waited);
    }
    for (const [at, pause] of pauses.entries()) if (at > 0) expect(pause).toBeGreaterThan(pauses[at - 1]!);
    await served.startWeb();
    await page.getByRole('button', { name: 'Try now' }).click();
    await connectionIs(page, /^Live/);
    expect(await page.getByRole('button', { name: 'Try now' }).count()).toBe(0);
  });

  it('when the network is back, then the page polls at once', async () => {
    const { page } = await openPolled(true);
    await page.setViewportSize({ width: 390, height: 800 });
    const fresh = page.getByRole('article').getByText('fresh', { exact: true });
    await fresh.waitFor();
    await page.context().setOffline(true);
    await later(page, PERIOD_MS);
    await connectionIs(page, /^Offline/);
    expect(await fresh.count()).toBe(0);
    await page.context().setOffline(false);
    await connectionIs(page, /^Live/);
    await fresh.waitFor();
  });

  it('when the service is back, then the page reads the open repository, even if the summary is unchanged', async () => {
    const page = await chromium.visit(served.url, { mayFail: true, ownClock: true });
    await connectionIs(page, /^Live/);
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'ledger' }).click();
    await page.getByText('Its report could not be read').waitFor();
    await page.context().setOffline(false);
    await expect.poll(() => page.locator('.criteria li').count()).toBe(14);
  });
});
