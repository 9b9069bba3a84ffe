/** The canary: a small checkout with nothing wrong in it, to tell a broken checker from repositories that break it. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const SLUG = 'canary';
const FILES = {
  '.git/HEAD': 'ref: refs/heads/main\n',
  'SCOPE.md': '# Scope\n\n## One-liner\nA checkout that tells whether the checker works.\n',
  'workplans/CANARY-WP-0001-sing.md': `---
id: CANARY-WP-0001
type: workplan
title: Sing
domain: canary
status: active
state_hub_workstream_id: 00000000-0000-4000-8000-000000000001
---

# Sing

\`\`\`task
id: CANARY-WP-0001-T01
status: todo
priority: low
state_hub_task_id: 00000000-0000-4000-8000-000000000011
\`\`\`
`,
} as const;

/**
 * Runs a check on a canary, which is made for it and removed afterwards.
 * @throws what the check throws; an error of the file system where the canary could not be made
 */
export async function checkCanary(
  check: (checkout: { path: string; slug: string }) => Promise<unknown>,
): Promise<void> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'doi-canary-')));
  try {
    const path = join(folder, SLUG);
    for (const [file, text] of Object.entries(FILES)) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), text);
    }
    await check({ path, slug: SLUG });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
