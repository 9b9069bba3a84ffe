/**
 * Makes canaries, small checkouts on which the checker is tried: one with nothing wrong in it, one with plain faults.
 * Promise: a checker that is broken on this host is not mistaken for faults of the repositories, nor the reverse. Only the
 * checker can fail on a canary.
 */
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const SLUG = 'canary';
const COMMON = {
  '.git/HEAD': 'ref: refs/heads/main\n',
  'SCOPE.md': '# Scope\n\n## One-liner\nA checkout that shows whether the checker works.\n',
};
const FILES = {
  good: {
    ...COMMON,
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
  },
  // One breach of each rule that every checker of workplans has: required keys, the status, the id of a task.
  bad: {
    ...COMMON,
    'workplans/CANARY-WP-0002-fall-silent.md': `---
id: CANARY-WP-0002
title: Fall silent
status: silent
---

# Fall silent

\`\`\`task
status: hushed
\`\`\`
`,
  },
} as const;

/** `good`: with nothing wrong in it. `bad`: with faults that every checker of workplans must find. */
export type CanaryKind = keyof typeof FILES;

export interface Canary {
  readonly path: string;
  readonly slug: string;
}

/**
 * Runs a check on a good canary, which it makes before and removes after the check.
 * @throws what the check throws; an error of the file system where the canary could not be made
 */
export async function checkCanary(check: (checkout: Canary) => Promise<unknown>): Promise<void> {
  await withCanary('good', check);
}

/** Runs a check on a canary of either kind, and returns its result. */
export async function withCanary<T>(kind: CanaryKind, check: (checkout: Canary) => Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'doi-canary-')));
  try {
    const path = join(folder, SLUG);
    for (const [file, text] of Object.entries(FILES[kind])) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), text);
    }
    await letRead(folder);
    return await check({ path, slug: SLUG });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lets every user read the canary: the checker may run as another user than this process, whose umask may forbid it. */
async function letRead(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}
