import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/platform/package-root.js';

/** Logs an object as a process of its own does, on standard error. */
function logged(fields: string): string {
  const module = pathToFileURL(join(packageRoot, 'dist/platform/log.js'));
  const script = `import { openLog } from '${module}'; openLog('test', 'trace').info(${fields}, 'a line');`;
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stderr).toContain('a line');
  return stderr;
}

describe('a line of the log', () => {
  it('shows no field that is a secret, whoever hands it in', () => {
    const line = logged(`{
      token: 's3cret', readToken: 's3cret', webhookSecrets: { github: ['s3cret'] },
      config: { token: 's3cret', webhookSecrets: { github: ['s3cret'] } },
      headers: { authorization: 's3cret', 'x-gitlab-token': 's3cret', 'webhook-signature': 's3cret', host: 'kept' },
    }`);
    expect(line).not.toContain('s3cret');
    expect(line).toContain('kept');
  });

  it('shows an error without the user info of URLs, and without what else it carries', () => {
    const line = logged(`{ error: Object.assign(
      new Error('postgres://me:s3cret@host/db is away', { cause: new Error('redis://:s3cret@host:6379') }),
      { query: 's3cret', parameters: ['s3cret'], command: { args: ['s3cret'] } }) }`);
    expect(line).not.toContain('s3cret');
    expect(line).toContain('postgres://***@host/db is away');
  });
});
