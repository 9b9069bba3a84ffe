import { createHash } from 'node:crypto';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkWorkplans } from '../../../src/checker/built-in/check-workplans.js';
import { readWorkplans } from '../../../src/checker/built-in/read-workplans.js';
import { bytePath } from '../../../src/checkout/byte-path.js';
import { CRITERIA } from '../../../src/criteria/index.js';
import { DoiError } from '../../../src/domain/errors.js';
import { CONTENT_KEYS } from '../../../src/domain/input.js';
import type { Status, Verdict } from '../../../src/domain/verdict.js';
import { findTracked } from '../../../src/git/find-tracked.js';
import { initCheckout } from '../../../src/init/init-checkout.js';
import { loadInputs } from '../../../src/inputs/load/load-inputs.js';
import { packageRoot } from '../../../src/platform/process/package-root.js';
import { git } from '../../helpers/git-repository.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';
import { front, task } from '../checker/built-in/plans.js';
import { inputs, SCOPE } from '../criteria/values.js';

const TREES = 50;
const MAX_FILES = 120;

/** What real repositories have of these files already, a kind of it in every few trees. */
const ADDED: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'AGENTS.md': 'Run make.\n', 'tpsc.yml': 'services: []\n' },
  {
    'SCOPE.md': SCOPE,
    'CLAUDE.md': 'kaizen\n',
    'tpsc.yaml': 'services: []\n',
    'workplans/README.md': 'None.\n',
  },
  { 'workplans/CUST-WP-0024-x.md': front() + task(), 'tpsc.yaml': 'services: [\n' },
  { '.claude/CLAUDE.md': '', 'scope.md': '', workplans: 'a file\n' },
];

/** What real folders of workplans hold, in a tree each. A workplan is asked for in all of them. */
const CONVENTIONS: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'workplans/2026-plan.md': '# Plan\n\n- Ship it.\n', 'workplans/ideas.md': 'None.\n' },
  { 'workplans/plan.md': front({ id: 'CUST-WP-0001' }) + task(), 'workplans/CUST-WP-0002-x.md': '---\n' },
  { 'workplans/WIDGET-WP-0007-x.md': front({ id: 'CUST-WP-0007' }) + task() },
  { 'workplans/archived/260101-CUST-WP-0024-ship-2-0.md': front({ status: 'done' }) + task() },
  { 'workplans/CUST-WP-0024-x.md': front({ title: 'ship 2.0' }) + task() },
  { 'workplans/ADHOC-2026-03-20.md': front({ id: 'ADHOC-2026-03-20' }) + task(), 'workplans/a.txt': 'x' },
  { 'workplans/CUST-WP-0024-x.md': front() + task({ status: 'lost' }) },
  {
    'SCOPE.md': SCOPE,
    'CLAUDE.md': 'kaizen\n',
    'tpsc.yaml': 'services: []\n',
    'workplans/CUST-WP-0024-x.md': front() + task(),
  },
];
/** Of these trees, the ones where no workplan is written: another convention, and its title that is there. */
const WITHOUT = [1, 5];

let root: string;
let trees: string[];
beforeAll(async () => {
  root = await makeTempFolder('trees');
  trees = findPackages().map((from, at) => makeTree(from, ADDED[at % ADDED.length] ?? {}));
});
afterAll(() => removeFolder(root));

it(`doi init changes nothing that is there in ${TREES} real trees, makes no verdict worse, and writes nothing the second time`, async () => {
  expect(trees).toHaveLength(TREES);
  let written = 0;
  for (const tree of trees) written += (await initTwice(tree)).length;
  // 4 in a bare tree, 2 beside AGENTS.md, none where all is there, 2 beside a workplan, 1 in the last.
  expect(written).toBe((TREES / ADDED.length) * (4 + 2 + 0 + 2 + 1));
});

it('the same holds with a workplan, whatever convention the workplans that are there follow', async () => {
  const from = findPackages()[0] ?? '';
  for (const [at, added] of CONVENTIONS.entries()) {
    const tree = makeTree(from, added, `convention-${at}`);
    const files = await initTwice(tree, 'Ship 2.0');
    const names = files.filter((path) => path.endsWith('-ship-2-0.md'));
    expect(names, `${at}`).toHaveLength(WITHOUT.includes(at) ? 0 : 1);
  }
});

/** Runs it twice, and checks the promises. @returns what the first run wrote */
async function initTwice(tree: string, workplan?: string): Promise<string[]> {
  const before = { files: digest(tree), verdicts: judge(tree) };
  const first = await init(tree, workplan);
  const after = { files: digest(tree), verdicts: judge(tree) };
  for (const path of first) {
    expect(before.files.has(path), path).toBe(false);
    expect(after.files.delete(path), path).toBe(true);
    // The folder that was made for it.
    if (!before.files.has(dirname(path))) after.files.delete(dirname(path));
  }
  expect([...after.files]).toEqual([...before.files]);
  for (const [at, { id, status }] of before.verdicts.entries())
    expect(rank(after.verdicts[at]?.status), `${tree} ${id}`).toBeGreaterThanOrEqual(rank(status));
  expect(await init(tree, workplan)).toEqual([]);
  return first;
}

/** @returns what it wrote; nothing where it refuses another convention of workplans */
async function init(path: string, workplan?: string): Promise<string[]> {
  try {
    const { files } = await initCheckout({ path, workplan, dryRun: false, yes: false }, (at) => ({
      findTracked: (paths) => findTracked(bytePath(at), paths, { PATH: process.env['PATH'] }),
    }));
    return files.map((file) => file.path);
  } catch (error) {
    if (error instanceof DoiError && error.message.includes('another convention')) return [];
    throw error;
  }
}

/** Judges what lies in the checkout, as a worker does, without a process for the checker. */
function judge(path: string): Verdict[] {
  const loaded = loadInputs({ path }, CONTENT_KEYS);
  const texts = Object.fromEntries(Object.entries(loaded).map(([key, { value }]) => [key, value]));
  const read = readWorkplans(bytePath(path));
  const findings =
    read.state === 'rejected'
      ? ({ state: 'rejected', reason: read.reason } as const)
      : ({
          state: 'checked',
          findings: checkWorkplans(read.state === 'present' ? read.files : null),
        } as const);
  const values = inputs({ ...texts, findings });
  return CRITERIA.map((criterion) => criterion.judgeDeclared(values));
}

function rank(status: Status | undefined): number {
  return status === 'pass' ? 2 : status === 'warn' ? 1 : 0;
}

/** Of each path below a folder, git's own files too: its kind, mode, time of change, and a digest of its bytes. */
function digest(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const digests = entries.map((entry): [string, string] => {
    const path = join(entry.parentPath, entry.name);
    const { mode, mtimeMs, size } = lstatSync(path);
    if (entry.isDirectory()) return [relative(folder, path), `folder ${mode}`];
    if (entry.isSymbolicLink()) return [relative(folder, path), `link ${readlinkSync(path)}`];
    const hash = createHash('sha256').update(readFileSync(path)).digest('hex');
    return [relative(folder, path), `${mode} ${mtimeMs} ${size} ${hash}`];
  });
  return new Map(digests.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function makeTree(from: string, added: Readonly<Record<string, string>>, name = from): string {
  const tree = join(root, name.replaceAll(/[^a-z0-9]+/gi, '-').slice(-60));
  cpSync(from, tree, { recursive: true });
  for (const [path, text] of Object.entries(added)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  git(tree, 'init', '-q', '-b', 'main');
  git(tree, 'add', '-A', '-f');
  git(tree, 'commit', '-q', '-m', 'x');
  return tree;
}

/** Packages of this installation that are not too large, spread over the alphabet. */
function findPackages(): string[] {
  const modules = join(packageRoot, 'node_modules');
  const names = readdirSync(modules).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(modules, name)).map((each) => `${name}/${each}`) : [name],
  );
  const fit = names
    .filter((name) => !basename(name).startsWith('.'))
    .map((name) => join(modules, name))
    .filter((path) => {
      const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
      return files.length > 3 && files.length <= MAX_FILES && !files.includes('node_modules');
    })
    .sort();
  const step = fit.length / TREES;
  return Array.from({ length: TREES }, (_, at) => fit[Math.floor(at * step)] ?? '').filter(Boolean);
}
