// Remotes to mirror: bare repositories with a history, the same in each run, and the folders that a bare checker is run on.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import pLimit from 'p-limit';
import { makeCheckout, workplan } from './checkouts.js';

const COMMITS = 40;
const FILES = { least: 20, most: 300 };
const BYTES = { least: 200, most: 6000 };
const POOL_BYTES = 2 ** 22;
/** When the first commit was made, in seconds since 1970. */
const EPOCH = 1_700_000_000;

/** The environment of git: no configuration of the user's. */
export const gitEnvironment = {
  PATH: process.env.PATH,
  ...{ GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
};

/** Runs git; returns what it prints. */
export async function git(args, input = '') {
  const child = spawn('git', args, { env: gitEnvironment, stdio: ['pipe', 'pipe', 'inherit'] });
  // A git that reads no input may have ended before this.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [printed, [code]] = await Promise.all([readText(child.stdout), once(child, 'close')]);
  if (code !== 0) throw new Error(`git ${args.join(' ')} ended with ${code}.`);
  return printed;
}

/**
 * Makes `repo-0.git` and on below `folder/remotes`, with 20 to 300 files and 40 commits, and below `folder/plans` the folder
 * of each that a bare checker is run on.
 * @returns `{name, folder, plans, files}` of each
 */
export function makeRemotes(folder, count) {
  const limit = pLimit(availableParallelism());
  const text = makeText(makeRandom(1));
  const numbers = Array.from({ length: count }, (_, n) => n);
  return Promise.all(numbers.map((n) => limit(() => makeRemote(folder, n, text))));
}

async function makeRemote(folder, n, textOf) {
  const random = makeRandom(n);
  const text = () => textOf(random);
  const name = `repo-${n}`;
  const plans = Object.assign({}, ...Array.from({ length: 2 + random(7) }, (_, k) => workplan(k + 1)));
  const read = { 'SCOPE.md': `# Scope of ${name}\n`, 'CLAUDE.md': `kaizen ${name}\n`, ...plans };
  const files = { ...read, '.claude/rules/one.md': '# One\n', 'tpsc.yaml': 'services: []\n' };
  const total = FILES.least + random(FILES.most - FILES.least + 1);
  const sources = [];
  for (let k = 0; k < total - Object.keys(files).length; k += 1)
    sources.push(`src/part-${k % 12}/file-${k}.txt`);
  for (const path of sources) files[path] = text();
  const stream = [commitOf(0, files)];
  for (let c = 1; c < COMMITS; c += 1) {
    const changed = {};
    for (let k = 0; k < 4; k += 1) {
      const path = sources[random(sources.length)] ?? 'SCOPE.md';
      files[path] = `${files[path]}${text().slice(0, 200)}\n`;
      changed[path] = files[path];
    }
    stream.push(commitOf(c, changed));
  }
  const place = join(folder, 'remotes', `${name}.git`);
  makeEmpty(place);
  await fastImport(place, stream);
  return { name, folder: place, plans: makeCheckout(join(folder, 'plans', name), read), files: total };
}

/** Pushes one more commit that changes these files; returns its id. */
export async function commitTo({ folder }, n, files) {
  await fastImport(folder, [commitOf(COMMITS + n, files, 'refs/heads/main^0')]);
  return (await git(['-C', folder, 'rev-parse', 'refs/heads/main'])).trim();
}

/** As `git init --bare` does, without starting it. */
function makeEmpty(place) {
  mkdirSync(join(place, 'objects'), { recursive: true });
  mkdirSync(join(place, 'refs/heads'), { recursive: true });
  writeFileSync(join(place, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(place, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
}

async function fastImport(place, stream) {
  // Always a pack, as a server has it.
  await git(['-C', place, '-c', 'fastimport.unpackLimit=0', 'fast-import', '--quiet'], stream.join(''));
}

function commitOf(n, files, from) {
  const who = `n <n@example.org> ${EPOCH + n * 3600} +0000`;
  const changes = Object.entries(files).map(
    ([path, text]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`,
  );
  const parent = from === undefined ? '' : `from ${from}\n`;
  return `commit refs/heads/main\ncommitter ${who}\ndata 6\nchange\n${parent}${changes.join('')}\n`;
}

/** Numbers from 0 below a limit, the same in each run. */
function makeRandom(seed) {
  // Seeds that follow each other begin far apart.
  let state = Math.imul(seed + 1, 2_654_435_761) >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Makes a function that cuts a text from a long one, at places that its numbers choose. */
function makeText(random) {
  const words = Array.from({ length: 4000 }, () =>
    random(2 ** 31)
      .toString(36)
      .slice(0, 2 + random(6)),
  );
  const lines = [];
  for (let bytes = 0; bytes < POOL_BYTES; ) {
    const line = Array.from({ length: 8 + random(8) }, () => words[random(words.length)]).join(' ');
    lines.push(line);
    bytes += line.length + 1;
  }
  const pool = lines.join('\n');
  return (own) => {
    const length = BYTES.least + own(BYTES.most - BYTES.least);
    const start = own(pool.length - length);
    return pool.slice(start, start + length);
  };
}
