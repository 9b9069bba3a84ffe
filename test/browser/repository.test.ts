/** Tests of the panel of one repository. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ReportAnswer } from '../../src/api/report.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, type Served } from './served.js';

const scope = new Scope();
let served: Served;
let chromium: Chromium;
beforeAll(async () => {
  served = scope.add('served', await openServed('repository'), (it) => it.close());
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  await served.add('ledger', 'payments', GOOD);
  await served.add('gateway', 'payments', { 'SCOPE.md': '# Scope\n' });
  await served.add('storefront', 'shop', GOOD);
  await served.startWeb();
  served.startWorker();
  await served.allFresh();
});
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

const panel = (page: Page) => page.getByRole('complementary');
const focused = (page: Page) => page.evaluate(() => (document.activeElement as HTMLElement).innerText);
const shown = (page: Page) => page.locator('.open-repo').allInnerTexts();
const queryOf = (page: Page) => new URL(page.url()).search;

describe('one repository', () => {
  it('opens under its own address, which opens it for another reader, and closes by the back button', async () => {
    const page = await chromium.visit(`${served.url}?domain=payments`);
    await page.getByRole('button', { name: 'gateway', exact: true }).click();
    await panel(page).getByRole('heading', { name: 'gateway' }).waitFor();
    expect(queryOf(page)).toBe('?domain=payments&repo=gateway');
    const other = await chromium.visit(page.url());
    await panel(other).getByRole('heading', { name: 'gateway' }).waitFor();
    await expect.poll(() => shown(other)).toEqual(['gateway', 'ledger']);
    await page.goBack();
    await panel(page).waitFor({ state: 'detached' });
    expect(queryOf(page)).toBe('?domain=payments');
    await page.goForward();
    await panel(page).getByRole('heading', { name: 'gateway' }).waitFor();
  });

  it('shows exactly what its report holds', async () => {
    const page = await chromium.visit(`${served.url}?repo=gateway`);
    const report = (await (await fetch(`${served.url}repos/gateway/doi`)).json()) as ReportAnswer;
    const items = panel(page).locator('.criteria li');
    await expect.poll(() => items.count()).toBe(14);
    const plain = (text: string) => text.replaceAll('`', '');
    for (const [at, { id, label, detail, remedy }] of report.criteria.entries()) {
      const text = await items.nth(at).innerText();
      expect(text).toContain(`${id} ${label}`);
      expect(text).toContain(plain(detail));
      if (remedy !== null) expect(text).toContain(plain(remedy));
    }
    const { missing, tier } = report.next_tier!;
    await panel(page)
      .getByRole('heading', { name: `What next: ${missing.length} criteria to ${tier}` })
      .waitFor();
    expect(await panel(page).locator('.next li').count()).toBe(missing.length);
    const facts = await panel(page).locator('.facts').innerText();
    expect(facts).toContain(report.evaluation!.trigger);
    expect(facts).toContain(report.evaluation!.ran.join(' '));
    expect(await panel(page).locator('.history').innerText()).toContain('first evaluated');
    await panel(page).getByText(`![DoI](${served.url}repos/gateway/doi/badge.svg)`).waitFor();
    const badge = panel(page).getByRole('img', { name: 'The badge of gateway' });
    expect(
      await badge.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBeGreaterThan(20);
  });

  it('can be reached, opened and closed by keys alone, and the focus returns to its row', async () => {
    const page = await chromium.visit(`${served.url}?sort=name`);
    await expect.poll(() => shown(page)).toEqual(['gateway', 'ledger', 'storefront']);
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Skip to the repositories');
    await page.keyboard.press('Enter');
    const first = page.locator('.open-repo').first();
    while ((await focused(page)) !== (await first.innerText())) await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const second = await page.locator('.open-repo').nth(1).innerText();
    expect(await focused(page)).toBe(second);
    await page.keyboard.press('Enter');
    await panel(page).getByRole('heading', { name: second }).waitFor();
    expect(await focused(page)).toBe(second);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H2');
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('open-repo');
    expect(await focused(page)).toBe(second);
  });

  it('covers the screen of a phone: the focus cannot leave it until it is closed', async () => {
    const page = await chromium.visit(served.url, { viewport: { width: 390, height: 800 } });
    await page.getByRole('button', { name: 'gateway', exact: true }).click();
    await panel(page).getByRole('heading', { name: 'gateway' }).waitFor();
    for (let step = 0; step < 6; step += 1) {
      await page.keyboard.press('Shift+Tab');
      const isBehind = await page.evaluate(() => document.activeElement?.closest('main') !== null);
      expect(isBehind).toBe(false);
    }
    await page.keyboard.press('Escape');
    await panel(page).waitFor({ state: 'detached' });
    expect(await focused(page)).toBe('gateway');
  });
});
