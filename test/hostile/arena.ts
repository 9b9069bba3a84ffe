/** Judges hostile checkouts in a world of their own, beside secrets that must stay outside and folders for markers. */
import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { expect } from 'vitest';
import type { ReportAnswer } from '../../src/api/report.js';
import { PRIORITY } from '../../src/domain/request.js';
import type { CriterionId, Status } from '../../src/domain/verdict.js';
import type { Waker } from '../../src/queue/waker.js';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { handleWakeUp } from '../../src/worker/handle-wake-up.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { openWorld, type World } from '../helpers/world.js';
import { addSnapshots } from '../integration/criteria/rows.js';
import { expectPlainText } from './plain-text.js';

/** The promised time of one evaluation on an idle machine; a test allows five times that of processor time. */
const PROMISED_MS = 2_000;
const LIMIT_MS = 5 * PROMISED_MS;
/** So many times that may pass by the clock while other programs use the same processors. */
const BUSY = 6;

/** The files outside of every checkout. */
export interface Outside {
  readonly folder: string;
  /** A text in every file there, and in the environment of this process. */
  readonly secret: string;
  /** The folder in which a program that was started leaves a file. */
  readonly markers: string;
}

export interface Judged {
  readonly answer: ReportAnswer;
  readonly statuses: Readonly<Partial<Record<CriterionId, Status>>>;
  readonly details: Readonly<Record<string, string>>;
}

export interface Arena {
  readonly world: World;
  readonly outside: Outside;
  /** Judges a repository as a worker does and reads it as a client does: in time, fresh, and without a secret. */
  judge(slug: string, kind: string, limitMs?: number): Promise<Judged>;
  /** Fails for a marker, for a secret in a row or in the log, and for a descriptor or thread that is still in use. */
  expectUntouched(): Promise<void>;
  /** Prints the longest evaluation of each kind. */
  close(): Promise<void>;
}

/** The secret files. `rules` is a folder with a rule, `plans` one with a workplan, `git` one as git makes it. */
const FILES = ['secret.md', 'rules/agents.md', 'plans/A-WP-1-x.md', 'git/HEAD', 'git/config', 'git/gitdir'];

export async function openArena(name: string): Promise<Arena> {
  const world = await openWorld(`hostile-${name}`);
  const folder = await makeTempFolder(`outside-${name}`);
  const secret = `kaizen-${randomBytes(12).toString('hex')}`;
  const outside = { folder, secret, markers: join(folder, 'markers') };
  await mkdir(outside.markers);
  for (const file of FILES) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), `ref: refs/heads/${secret}\n${secret}\n`);
  }
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  const longest = new Map<string, { ms: number; slug: string }>();

  async function judge(slug: string, kind: string, limitMs = LIMIT_MS): Promise<Judged> {
    if ((await snapshots(slug)) === 0) await addSnapshots(1)(world, slug);
    const repoId = await world.id(slug);
    const request = { repoId, reason: 'test', priority: PRIORITY.person, forced: true, wanted: null };
    await addRequests(world.sql, [request]);
    const began = performance.now();
    const usedBefore = processorMs();
    const waker = undefined as unknown as Waker;
    const pause = { report: () => expect.fail('A checkout caused a host problem.') };
    const handling = { deps: world.deps, waker, log, pause };
    await handleWakeUp(handling as never, repoId, new AbortController().signal);
    const evaluated = performance.now();
    const used = processorMs() - usedBefore;
    const judged = await read(slug);
    const [evaluating, reading] = [evaluated - began, performance.now() - evaluated];
    if (evaluating > (longest.get(kind)?.ms ?? 0)) longest.set(kind, { ms: evaluating, slug });
    const line = lines.findLast((each) => each.includes(`"slug":"${slug}"`)) ?? '{}';
    expect(JSON.parse(line), slug).toMatchObject({ slug, end: 'written', unsettled: false });
    expect(used, `${slug} took too much processor time to judge`).toBeLessThan(limitMs);
    expect(evaluating, `${slug} took too long to judge`).toBeLessThan(BUSY * limitMs);
    expect(reading, `${slug} took too long to read`).toBeLessThan(BUSY * LIMIT_MS);
    return judged;
  }

  async function snapshots(slug: string): Promise<number> {
    const repoId = await world.id(slug);
    const rows = await world.sql`select 1 from tpsc_snapshots where repo_id = ${repoId}`;
    return rows.length;
  }

  async function read(slug: string): Promise<Judged> {
    const answer = await world.read(slug);
    expect(answer, slug).toMatchObject({ stale: false, stale_reasons: [], failure: null, refresh: null });
    expect(answer.criteria).toHaveLength(14);
    expectPlainText(answer);
    const statuses = Object.fromEntries(answer.criteria.map(({ id, status }) => [id, status]));
    const details = Object.fromEntries(answer.criteria.map(({ id, detail }) => [id, detail]));
    return { answer, statuses, details };
  }

  return {
    world,
    outside,
    judge,
    async expectUntouched() {
      expect(await readdir(outside.markers), 'something was started').toEqual([]);
      const stored = await storedText(world);
      if (longest.size > 0) expect(stored).toContain('C14');
      expect(stored, 'a row').not.toContain(secret);
      expect(lines.join(''), 'the log').not.toContain(secret);
      expect(held(world.folder), 'open files').toEqual([]);
      const { prober, loader } = world.deps;
      expect([prober.stuckThreads, loader.stuckThreads], 'stuck threads').toEqual([0, 0]);
      await expectThreadPool();
    },
    async close() {
      for (const [kind, { ms, slug }] of longest)
        console.log(`hostile checkouts: ${kind}: at most ${Math.round(ms)} ms (${slug})`);
      await world.close();
      await removeFolder(folder);
    },
  };
}

/** The processor time of this process, and of the programs that it started and that have ended, in milliseconds. */
function processorMs(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  // proc_pid_stat(5): utime, stime, cutime and cstime, in ticks of 10 ms, counted from what follows the name.
  const ticks = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15);
  return 10 * ticks.reduce((sum, each) => sum + Number(each), 0);
}

/** All rows about any repository, as text. */
async function storedText({ sql }: World): Promise<string> {
  const tables = [
    'doi_cache',
    'doi_evaluation',
    'doi_failure',
    'doi_history',
    'doi_observation',
    'doi_request',
  ];
  const texts = await Promise.all(
    [...tables, 'managed_repos'].map((table) => sql`select t::text as row from ${sql(table)} t`),
  );
  return JSON.stringify(texts);
}

/** The files below a folder that this process still has open. */
function held(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? path : [];
    } catch {
      // It was the descriptor by which the listing itself was read.
      return [];
    }
  });
}

/** Fails where file and name lookups of the process are frozen; more of them at once than there are threads for them. */
async function expectThreadPool(): Promise<void> {
  const began = performance.now();
  const files = Array.from({ length: 8 }, () => readFile('/proc/self/stat'));
  await Promise.all([...files, lookup('localhost')]);
  expect(performance.now() - began).toBeLessThan(LIMIT_MS);
}
