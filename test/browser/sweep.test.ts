/** Tests of what the page shows of a sweep. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import { startProgram } from '../e2e/programs.js';
import { Chromium } from './chromium.js';
import { GOOD, openServed, type Served } from './served.js';

const scope = new Scope();
let served: Served;
let chromium: Chromium;
beforeAll(async () => {
  served = scope.add('served', await openServed('sweep'), (it) => it.close());
  chromium = scope.add('chromium', await Chromium.open(), (it) => it.close());
  await served.add('ledger', 'payments', GOOD);
  await served.startWeb();
  served.startWorker();
  await served.allFresh();
});
afterAll(() => scope.close());
afterEach(async () => expect(await chromium.leave()).toEqual([]));

it('a sweep is shown with its progress while it runs, and with its result afterwards', async () => {
  const page = await chromium.visit(served.url, { ownClock: true });
  await page.getByText('No sweep has run yet.').waitFor();
  const go = served.world.path('go');
  await served.behaves('ledger', `until [ -e '${go}' ]; do sleep 0.02; done`);
  const sweep = startProgram([join(packageRoot, 'bin/doi'), 'sweep', '--force'], served.env);
  const later = async (read: () => Promise<number>) => {
    await page.clock.fastForward(15_000);
    return read();
  };
  await expect.poll(() => later(() => page.getByRole('progressbar').count())).toBe(1);
  const bar = page.getByRole('progressbar', {
    name: /^A sweep is running: [01] of 1 repositories done, started /,
  });
  expect(await bar.getAttribute('max')).toBe('1');
  await served.world.write('', 'go', '');
  expect(await sweep.done).toMatchObject({ code: 0 });
  await expect.poll(() => later(() => page.getByText(/^The last sweep ended/).count())).toBe(1);
  await page
    .getByText(/It checked 1 repository in .*: 1 needed a new evaluation, 0 of those failed\./)
    .waitFor();
  expect(await page.getByRole('progressbar').count()).toBe(0);
});
