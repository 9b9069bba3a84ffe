import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { showDiff } from '../../../src/init/show-diff.js';
import { servicesTemplate, workplansTemplate } from '../../../src/init/templates.js';
import { git } from '../../helpers/git-repository.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

it('a diff shows each file as an addition', () => {
  expect(
    showDiff([
      { path: 'a.md', text: 'one\n' },
      { path: 'b/c.md', text: 'one\n\n+two\n' },
    ]),
  ).toBe(
    [
      ...[
        'diff --git a/a.md b/a.md',
        'new file mode 100644',
        '--- /dev/null',
        '+++ b/a.md',
        '@@ -0,0 +1 @@',
        '+one',
      ],
      ...['diff --git a/b/c.md b/b/c.md', 'new file mode 100644', '--- /dev/null', '+++ b/b/c.md'],
      ...['@@ -0,0 +1,3 @@', '+one', '+', '++two', ''],
    ].join('\n'),
  );
});

it('git applies a diff, and the files are then the same', async () => {
  const folder = await makeTempFolder('diff');
  try {
    git(folder, 'init', '-q');
    const files = [
      { path: 'tpsc.yaml', text: servicesTemplate() },
      { path: 'workplans/README.md', text: workplansTemplate() },
    ];
    execFileSync('git', ['-C', folder, 'apply'], { input: showDiff(files) });
    for (const { path, text } of files) expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
  } finally {
    await removeFolder(folder);
  }
});
