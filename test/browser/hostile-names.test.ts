/** Tests that the page shows names and texts that are markup as text. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Scope } from '../../src/platform/process/shutdown.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, type Served } from './served.js';

const EVIL = '<img src=x onerror=alert(1)>';
const DOMAIN = '</td><script>alert(2)</script>';
const FILE = '<svg onload=alert(3)>.md';

const scope = new Scope();
let served: Served;
let chromium: Chromium;
beforeAll(async () => {
  served = scope.add('served', await openServed('hostile'), (it) => it.close());
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  await served.add('ledger', DOMAIN, { ...GOOD, [`workplans/${FILE}`]: '---\nstatus: "<b>bold</b>"\n---\n' });
  const finding = { check: EVIL, severity: 'FAIL', file: EVIL, message: EVIL };
  const found = JSON.stringify({ repo: 'ledger', findings: [finding] });
  await served.behaves('ledger', `printf '%s' '${found}'; exit 1`);
  await served.startWeb();
  served.startWorker();
  await served.allFresh();
  // A hub may have any name in its table.
  await served.world.sql`
    insert into managed_repos (id, slug, name, domain_id, host_paths)
    select gen_random_uuid(), ${EVIL}, ${EVIL}, domain_id, '{"here": "/srv/evil"}' from managed_repos`;
});
afterAll(() => scope.close());
// A dialog, an error, a request for `x` and a breach of the policy would each be among them.
afterEach(async () => expect(await chromium.leave()).toEqual([]));

/** No text of the service has become an element. */
async function expectInert(page: Page): Promise<void> {
  expect(
    await page.locator('img:not(.badge img), script:not([src]), b:has-text("bold"), svg[onload]').count(),
  ).toBe(0);
  expect(await page.locator('[onerror], [onload]').count()).toBe(0);
}

it('a repository and a domain that are named as markup are shown by these names', async () => {
  const page = await chromium.visit(served.url);
  await page.getByRole('button', { name: EVIL }).waitFor();
  expect(await page.locator('.group-name').allInnerTexts()).toEqual([DOMAIN]);
  await expectInert(page);
  await page.getByRole('searchbox').fill(EVIL);
  await expect.poll(() => page.locator('.open-repo').allInnerTexts()).toEqual([EVIL]);
  await page.getByRole('combobox', { name: 'Domain' }).selectOption({ label: DOMAIN });
  const other = await chromium.visit(page.url());
  await expect.poll(() => other.locator('.open-repo').allInnerTexts()).toEqual([EVIL]);
  await expectInert(other);
});

it('a repository that is named as markup can be opened', async () => {
  const page = await chromium.visit(served.url, { mayFail: true });
  await page.getByRole('button', { name: EVIL }).click();
  await page.getByRole('heading', { name: EVIL }).waitFor();
  await page.locator('.panel .bad, .panel .headline').first().waitFor();
  await expectInert(page);
});

it('the message of a checker is shown as it is', async () => {
  const page = await chromium.visit(`${served.url}?repo=ledger`);
  await page.locator('.criteria', { hasText: EVIL }).waitFor();
  await expectInert(page);
});

it('an address that holds markup is shown as it is', async () => {
  const page = await chromium.visit(
    `${served.url}?repo=${encodeURIComponent(`${EVIL}/../x`)}&text=${encodeURIComponent(EVIL)}`,
    {
      mayFail: true,
    },
  );
  await page.getByRole('heading', { name: `${EVIL}/../x` }).waitFor();
  expect(await page.getByRole('searchbox').inputValue()).toBe(EVIL);
  await expectInert(page);
});
