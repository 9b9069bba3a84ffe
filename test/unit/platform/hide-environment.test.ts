import { platform } from 'node:process';
import { expect, test } from 'vitest';
import { compiledUrl, runModule } from '../../helpers/compiled.js';

const SCRIPT = `
  import { readFileSync } from 'node:fs';
  import { execFileSync } from 'node:child_process';
  import { hideEnvironment } from '${compiledUrl('platform/process/hide-environment.js')}';
  hideEnvironment(process.env);
  const shown = readFileSync('/proc/self/environ', 'utf8').split('\\0').filter(Boolean);
  const child = execFileSync('sh', ['-c', 'echo "$DOI_TOKEN"'], { encoding: 'utf8' }).trim();
  console.log(JSON.stringify({ shown, own: process.env.DOI_TOKEN, empty: process.env.EMPTY, child }));`;

test.skipIf(platform !== 'linux')(
  'what may be secret in the environment is shown to no other process, and this one still has it',
  async () => {
    const secret = 'hüsh-0123456789abcdef';
    const env = {
      PATH: process.env['PATH'],
      EMPTY: '',
      DOI_TOKEN: secret,
      LC_ALL: 'C.UTF-8',
      PGPASSWORD: 'hush',
    };
    const { stdout } = await runModule(SCRIPT, env).done;
    expect(JSON.parse(stdout)).toEqual({
      shown: [`PATH=${process.env['PATH']}`, 'LC_ALL=C.UTF-8'],
      own: secret,
      empty: '',
      child: secret,
    });
  },
);
