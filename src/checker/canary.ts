/** Canaries: two small checkouts, one without faults and one with plain faults, to test the checker with. */
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
  // One violation of each rule that any checker of workplans has: required keys, the status, a task without an id.
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

/** `good`: without faults. `bad`: with faults that a checker of workplans must find. */
export type CanaryKind = keyof typeof FILES;

export interface Canary {
  readonly path: string;
  readonly slug: string;
}

/**
 * Runs a check on a canary without faults, which is created for it and removed afterwards.
 * @throws what the check throws; an error of the file system if the canary could not be created
 */
export async function checkCanary(check: (checkout: Canary) => Promise<unknown>): Promise<void> {
  await withCanary('good', check);
}

/** The same with either kind. @returns what the check returns */
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

/** Makes the canary readable for others: the checker may run as another user, and the umask may forbid that. */
async function letRead(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}
