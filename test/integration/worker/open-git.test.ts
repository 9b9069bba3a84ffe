/** Tests which reads of a commit may fetch objects, and how long one that failed is remembered. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { NO_ISOLATION } from '../../../src/checker/isolation.js';
import { runSubprocess } from '../../../src/checker/run-subprocess.js';
import type { BareTip } from '../../../src/inputs/probe/commit-inputs.js';
import { openScratchFolder, type ScratchFolder } from '../../../src/platform/process/scratch-folder.js';
import { type OpenGit, openGit } from '../../../src/worker/open-git.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';
import {
  link,
  makeBare,
  objectFile,
  placeOf,
  writeCommit,
  writeObject,
  writeTree,
} from '../git/objects/repositories.js';

const TARGET = Buffer.from('README.md');

let top: string;
let scratch: ScratchFolder;
let repository: string;
let tip: BareTip;
let git: OpenGit;
let clock: number;
let runs: number;
let fetch: (signal?: AbortSignal) => Promise<void>;
beforeAll(async () => {
  top = await makeTempFolder('open-git');
  scratch = await openScratchFolder(top);
  repository = makeBare(join(top, 'a.git'));
});
beforeEach(() => {
  [clock, runs] = [0, 0];
  // A link's target is its blob, which a mirror lacks at first.
  const tree = writeTree(repository, { 'SCOPE.md': link(TARGET.toString()), 'README.md': 'text' });
  tip = placeOf(repository, writeCommit(repository, tree));
  rmSync(objectFile(repository, writeObject(repository, 'blob', TARGET)));
  fetch = async () => {
    writeObject(repository, 'blob', TARGET);
  };
  git = openGit({
    ...{ isolation: NO_ISOLATION, environment: process.env, timeoutMs: 20_000, limit: pLimit(2), scratch },
    run: (options) => {
      runs += 1;
      return runSubprocess(options);
    },
    ...{ checkerInputs: [], fetchObjects: (_repo, _ids, signal) => fetch(signal), now: () => clock },
  });
});
afterAll(async () => {
  await scratch.close();
  await removeFolder(top);
});

const LACKING = { code: 'objects_unreadable' };

it('when a pass reads a commit whose objects are not there, then it fails and fetches nothing', async () => {
  let fetches = 0;
  fetch = async () => {
    fetches += 1;
  };
  await expect(git.readCommitHere(tip)).rejects.toMatchObject(LACKING);
  expect(fetches).toBe(0);
});

it('when a job fetches for minutes, then a pass on the same commit does not wait for it', async () => {
  let end = () => {};
  const began = new Promise<void>((resolve) => {
    fetch = () => {
      resolve();
      return new Promise((done) => {
        end = () => {
          writeObject(repository, 'blob', TARGET);
          done();
        };
      });
    };
  });
  const job = git.readCommit(tip);
  await began;
  await expect(git.readCommitHere(tip)).rejects.toMatchObject(LACKING);
  end();
  const found = await job;
  expect(await git.readCommitHere(tip), 'what the job found counts for passes').toBe(found);
});

it('when a job is aborted while it fetches, then each of its reads ends', async () => {
  const stop = new AbortController();
  fetch = async (signal) => {
    await new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      stop.abort(new Error('stopped'));
    });
  };
  await expect(git.readCommit(tip, stop.signal)).rejects.toThrow('stopped');
  const ended = AbortSignal.abort(new Error('stopped'));
  await expect(git.loadCommit(tip, ['SCOPE.md'], ended)).rejects.toThrow('stopped');
  await expect(git.layOut(tip, async () => {}, ended)).rejects.toThrow('stopped');
});

it('when a pass could not read a commit, then the next ones start no git until half a minute has passed', async () => {
  await expect(git.readCommitHere(tip)).rejects.toMatchObject(LACKING);
  const before = runs;
  clock = 29_999;
  await expect(git.readCommitHere(tip)).rejects.toMatchObject(LACKING);
  expect(runs).toBe(before);
  writeObject(repository, 'blob', TARGET);
  clock = 30_000;
  expect(await git.readCommitHere(tip)).toMatchObject({ commit: tip.commit });
});

it('when another commit could not be read, then this one is read at once', async () => {
  await expect(git.readCommitHere(tip)).rejects.toMatchObject(LACKING);
  const other = placeOf(repository, writeCommit(repository, writeTree(repository, { 'SCOPE.md': 's' })));
  expect(await git.readCommitHere(other)).toMatchObject({ commit: other.commit });
});

it('when a job could not read a commit, then its next attempt reads again', async () => {
  const fetched = fetch;
  fetch = () => Promise.reject(new Error('no server'));
  await expect(git.readCommit(tip)).rejects.toThrow('no server');
  fetch = fetched;
  expect(await git.readCommit(tip)).toMatchObject({ commit: tip.commit });
});

it('when a pass reads a commit already, then a job waits for that, and reads itself only where it failed', async () => {
  const failing = git.readCommitHere(tip);
  const after = git.readCommit(tip);
  await expect(failing).rejects.toMatchObject(LACKING);
  expect(await after).toMatchObject({ commit: tip.commit });

  const other = placeOf(repository, writeCommit(repository, writeTree(repository, { 'SCOPE.md': 't' })));
  const before = runs;
  const [here, job] = await Promise.all([git.readCommitHere(other), git.readCommit(other)]);
  expect(job).toBe(here);
  // One for the commit and one for its tree: two reads would take twice as many.
  expect(runs).toBe(before + 2);
});
