import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/platform/process/package-root.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

/** Logs an object in a process of its own, on standard error. */
function logged(fields: string): string {
  const module = pathToFileURL(join(packageRoot, 'dist/platform/log.js'));
  const script = `import { openLog } from '${module}'; openLog('test', 'trace').info(${fields}, 'a line');`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stderr).toContain('a line');
  return stderr;
}

describe('a line of the log', () => {
  it('shows no secret field, even if code logs one', () => {
    const line = logged(`{
      token: 's3cret', readToken: 's3cret', webhookSecrets: { github: ['s3cret'] },
      config: { token: 's3cret', webhookSecrets: { github: ['s3cret'] } },
      headers: { authorization: 's3cret', 'x-gitlab-token': 's3cret', 'webhook-signature': 's3cret', host: 'kept' },
    }`);
    expect(line).not.toContain('s3cret');
    expect(line).toContain('kept');
  });

  it('shows an error without the user info of URLs, and without its further fields', () => {
    const line = logged(`{ error: Object.assign(
      new Error('postgres://me:s3cret@host/db is away', { cause: new Error('redis://:s3cret@host:6379') }),
      { query: 's3cret', parameters: ['s3cret'], command: { args: ['s3cret'] } }) }`);
    expect(line).not.toContain('s3cret');
    expect(line).toContain('postgres://***@host/db is away');
  });
});

describe.runIf(existsSync('/dev/full'))('a log that cannot be written', () => {
  const module = pathToFileURL(join(packageRoot, 'dist/platform/log.js'));

  it('does not end the process; a megabyte is kept until it can be written, and the rest is counted', async () => {
    const folder = await makeTempFolder('log');
    const file = join(folder, 'log');
    // A file takes the place of the full disk, under the same number.
    const script = `
      import { closeSync, openSync } from 'node:fs';
      import { openLog } from '${module}';
      const log = openLog('test', 'info');
      const text = 'x'.repeat(10_000);
      for (let line = 0; line < 300; line += 1) log.info({ line, text }, 'while the disk is full');
      closeSync(2);
      openSync('${file}', 'a');
      log.info('afterwards');`;
    const full = openSync('/dev/full', 'w');
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', full],
    });
    closeSync(full);
    const lines = (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    await removeFolder(folder);
    expect(status).toBe(0);
    const kept = lines.filter(({ msg }) => msg === 'while the disk is full').map(({ line }) => line);
    expect(kept.length).toBeGreaterThan(90);
    expect(kept).toEqual(kept.map((_, index) => index));
    expect(lines.slice(kept.length)).toMatchObject([
      { msg: 'afterwards' },
      { msg: expect.stringContaining('could not be written for a while'), lost: 300 - kept.length },
    ]);
  });

  it('because its reader is gone does not end the process either', () => {
    const script = `import { openLog } from '${module}'; const log = openLog('test', 'info');
      for (let line = 1; line <= 1000; line += 1) log.info('x'.repeat(1000)); console.log('alive');`;
    const shell = `exec 3>&1; { '${process.execPath}' --input-type=module -e "$1" 2>&1 >&3 | true; }`;
    expect(spawnSync('sh', ['-c', shell, 'sh', script], { encoding: 'utf8' }).stdout).toBe('alive\n');
  });
});
