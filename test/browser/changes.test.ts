/** Tests of the changes over all repositories, of the state of an open one, and of its links. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../src/platform/process/shutdown.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, type Served } from './served.js';

const HEAD = 'ab'.repeat(20);
const EVIL = 'javascript://github.com/%0aalert(1)';
const scope = new Scope();
let served: Served;
let chromium: Chromium;
beforeAll(async () => {
  served = scope.add('served', await openServed('changes'), (it) => it.close());
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  const { sql } = served.world;
  const git = { '.git/HEAD': 'ref: refs/heads/main\n', '.git/refs/heads/main': `${HEAD}\n` };
  await served.add('ledger', 'payments', { ...GOOD, ...git });
  await served.add('gateway', 'payments', GOOD);
  await served.add('far', 'payments', GOOD);
  await sql`update managed_repos set remote_url = 'git@github.com:acme/ledger.git' where slug = 'ledger'`;
  await sql`update managed_repos set remote_url = ${EVIL} where slug = 'gateway'`;
  await served.startWeb();
  served.startWorker();
  await served.allFresh();
  await sql`
    insert into doi_push (repo_id, branch, head, pushed_at)
    select id, 'main', ${'cd'.repeat(20)}, now() - interval '3 minutes' from managed_repos where slug = 'ledger'`;
  // A home host that never reports: none of the files can be compared.
  await sql`update managed_repos set host_paths = '{"elsewhere": "/srv/far"}' where slug = 'far'`;
  await served.world.write('ledger', 'CLAUDE.md', 'Nothing.\n');
  await served.summaryIs((entries) =>
    entries.some(({ repo_slug: slug, statuses }) => slug === 'ledger' && statuses.C12 === 'fail'),
  );
});
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

const panel = (page: Page) => page.getByRole('complementary');
const card = (page: Page) => page.getByRole('region', { name: 'What got worse in the last 7 days' });

describe('what got worse', () => {
  it('when a criterion has begun to fail, then the page shows it with its cause, as a link to its repository', async () => {
    const page = await chromium.visit(served.url);
    const item = card(page).getByRole('listitem');
    await expect.poll(() => item.count()).toBe(1);
    const text = await item.innerText();
    expect(text).toContain('ledger');
    expect(text).toContain('C12 Agents template now fails');
    expect(text).toContain('because of CLAUDE.md');
    expect(await card(page).innerText()).toContain('The history begins');
    await card(page).getByRole('link', { name: 'ledger' }).click();
    await panel(page).getByRole('heading', { name: 'ledger' }).waitFor();
    expect(new URL(page.url()).search).toBe('?repo=ledger');
  });

  it('when a change is for better and worse, then it is in both lists, and says so', async () => {
    await served.world.sql`
      update doi_history set statuses_was = statuses_was || '{"C5": "fail"}' where direction = 'worse'`;
    const page = await chromium.visit(served.url);
    await card(page).getByText('It also got better in part.').waitFor();
    await card(page).getByText('What got better: 1').click();
    await card(page).getByText('C5 SCOPE.md now passes with a warning').waitFor();
    await card(page).getByText('It also got worse in part.').waitFor();
  });
});

describe('an open repository', () => {
  it('shows that it is fresh and for which time, its remote, branch and commit, and that a push is not pulled', async () => {
    const page = await chromium.visit(`${served.url}?repo=ledger`);
    await panel(page)
      .getByText(/^Fresh, checked .*: all inputs were compared$/)
      .waitFor();
    const standing = await panel(page).locator('.standing').innerText();
    expect(standing).toContain(`main at ${HEAD.slice(0, 12)} on here`);
    expect(standing).toMatch(/3 min\. ago to main, (?:not pulled yet|not known whether it is pulled)/);
    const links = panel(page).locator('a[target]');
    const targets = await links.evaluateAll((all) =>
      all.map((link) => [link.getAttribute('href'), link.getAttribute('rel')]),
    );
    expect(targets.map(([, rel]) => rel)).toEqual(targets.map(() => 'noopener noreferrer external'));
    expect([...new Set(targets.map(([href]) => href))]).toEqual(
      ['', `/commit/${HEAD}`, ...['SCOPE.md', 'CLAUDE.md'].map((file) => `/blob/${HEAD}/${file}`)]
        .concat(`/tree/${HEAD}/workplans`, `/blob/${HEAD}/tpsc.yaml`)
        .map((end) => `https://github.com/acme/ledger${end}`),
    );
  });

  it('when its remote is a script, then the page makes no link of it', async () => {
    const page = await chromium.visit(`${served.url}?repo=gateway`);
    await panel(page).locator('.criteria').waitFor();
    expect(await panel(page).locator('a[target]').count()).toBe(0);
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
  });

  it('when several inputs are stale for one reason, then the reason stands once, below what to do next', async () => {
    const page = await chromium.visit(`${served.url}?repo=far`);
    const stale = panel(page).locator('.stale');
    await stale.waitFor();
    const reasons = await stale.locator('ul > li').allInnerTexts();
    expect(reasons.filter((text) => text.includes('compared'))).toHaveLength(1);
    expect(await stale.locator('.versions').first().isVisible()).toBe(false);
    await stale.getByText('Versions').click();
    expect(await stale.locator('.versions').first().isVisible()).toBe(true);
    const headings = await panel(page).locator('h3').allInnerTexts();
    expect(headings.findIndex((text) => text.startsWith('What next'))).toBeLessThan(
      headings.indexOf('Stale, because'),
    );
  });

  it('when a person follows the link of a criterion, then its row of the criteria is shown', async () => {
    const page = await chromium.visit(`${served.url}?repo=ledger`);
    await panel(page).locator('.criteria').getByRole('link', { name: 'C5', exact: true }).click();
    await page.waitForURL(`${served.url}criteria#c5`);
    expect(await page.locator('tr:target').innerText()).toContain('SCOPE.md');
    await page.getByRole('link', { name: 'All repositories' }).click();
    await page.getByRole('button', { name: 'ledger' }).waitFor();
  });
});
