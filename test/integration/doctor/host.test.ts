import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeIsolation } from '../../../src/checker/isolation.js';
import { examineHost, judgeIsolation, tryTemporaryFolder } from '../../../src/doctor/host.js';
import { judgeNode } from '../../../src/doctor/installation.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';
import { linesOf } from './examine.js';

let proc: string;
beforeAll(async () => {
  proc = await makeTempFolder('doctor-proc');
  await mkdir(join(proc, 'sys/fs/inotify'), { recursive: true });
  await mkdir(join(proc, 'self'));
});
afterAll(() => removeFolder(proc));

async function runChecks(limits: { watches: number; files: number }, checkouts: number | undefined) {
  await writeFile(join(proc, 'sys/fs/inotify/max_user_watches'), `${limits.watches}\n`);
  await writeFile(join(proc, 'sys/fs/inotify/max_user_instances'), '128\n');
  const header = 'Limit                     Soft Limit           Hard Limit           Units     \n';
  const line = `Max open files            ${String(limits.files).padEnd(20)} 1048576              files     \n`;
  await writeFile(join(proc, 'self/limits'), header + line);
  return linesOf((report) => examineHost({ environment: process.env, checkouts, proc }, report));
}

describe('the limits of this host', () => {
  it('are ok where each checkout can have its five watches', async () => {
    const lines = await runChecks({ watches: 500, files: 1024 }, 100);
    expect(lines['file events']).toMatchObject({
      state: 'ok',
      found:
        'max_user_watches 500, max_user_instances 128; 100 checkouts here need up to 500 watches a worker',
    });
    expect(lines['open files']).toMatchObject({ state: 'ok', found: 'up to 1024 a process' });
  });

  it('are a warning with the line to set when one checkout is too many', async () => {
    const lines = await runChecks({ watches: 500, files: 1023 }, 101);
    expect(lines['file events']).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('101 checkouts here need up to 505 watches'),
      remedy: expect.stringContaining('sysctl -w fs.inotify.max_user_watches=524288'),
    });
    expect(lines['open files']).toMatchObject({
      state: 'warning',
      remedy: expect.stringContaining('LimitNOFILE'),
    });
  });

  it('say nothing of checkouts when their number is not known', async () => {
    const { found } = (await runChecks({ watches: 500, files: 1024 }, undefined))['file events'] ?? {};
    expect(found).toBe('max_user_watches 500, max_user_instances 128');
  });

  it('are a warning, and no crash, on a system that does not say them', async () => {
    const subject = { environment: process.env, checkouts: 1, proc: join(proc, 'nowhere') };
    const lines = await linesOf((report) => examineHost(subject, report));
    expect(lines).toMatchObject({ 'file events': { state: 'warning' }, 'open files': { state: 'ok' } });
  });
});

it('the isolation is the one that a worker would use, and anything weaker than namespaces is a warning', async () => {
  const { level } = await probeIsolation(process.env);
  expect((await runChecks({ watches: 500, files: 1024 }, 1))['isolation']?.found).toMatch(
    new RegExp(`^${level}: `),
  );
  expect(judgeIsolation('namespaces').state).toBe('ok');
  for (const weaker of ['death-signal', 'timeout', 'none'] as const) {
    expect(judgeIsolation(weaker)).toMatchObject({
      state: 'warning',
      remedy: expect.stringContaining('user namespaces'),
    });
  }
  expect(judgeIsolation('none').remedy).toContain('Install setpriv and unshare');
  expect(judgeIsolation('death-signal').remedy).not.toContain('Install');
});

it('a temporary folder that cannot be written is a problem that names it', async () => {
  expect(await tryTemporaryFolder(proc)).toMatchObject({ state: 'ok' });
  expect(await tryTemporaryFolder('/proc/self')).toMatchObject({
    state: 'problem',
    found: expect.stringContaining('/proc/self cannot be written'),
    remedy: expect.stringContaining('TMPDIR'),
  });
});

it('a Node that is too old is a problem', () => {
  expect(judgeNode('20.18.1', '20.19.0')).toMatchObject({
    state: 'problem',
    remedy: expect.stringContaining('20.19.0'),
  });
  expect(judgeNode('24.0.0', '20.19.0').state).toBe('ok');
});
