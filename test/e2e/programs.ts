/** Starts programs as a person or a process manager would, and finds what is left of them. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { isAlive } from '../../src/platform/process/process-identity.js';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly done: Promise<Ended>;
  /** Resolves with all of standard output as soon as it matches; rejects where the program ends before. */
  shows(pattern: RegExp): Promise<string>;
  /** Signals the whole process group, as a terminal does. */
  signal(name: NodeJS.Signals): void;
}

export interface StartOptions {
  /** Where it starts; the project's folder by default. */
  readonly cwd?: string;
  /** As whom it runs; as this user by default. */
  readonly uid?: number;
  readonly gid?: number;
}

/** Starts a program in a process group of its own, with this environment and no other. */
export function startProgram(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  options: StartOptions = {},
): Running {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    cwd: packageRoot,
    ...options,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? 0;
  let stdout = '';
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const done = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const shows = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const check = () => pattern.test(stdout) && resolve(stdout);
      child.stdout.on('data', check);
      child.once('close', () => reject(new Error(`It ended without ${pattern}: ${stdout}${stderr}`)));
      check();
    });
  return { pid, done, shows, signal: (name) => process.kill(-pid, name) };
}

/** Runs `doi` to its end. */
export function doi(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return startProgram([join(packageRoot, 'bin/doi'), ...argv], env).done;
}

/** What every program gets: where programs are found, and nothing else of this process's environment. */
export const BARE: NodeJS.ProcessEnv = { PATH: process.env['PATH'] };

/** The command lines of all processes that have a text in their arguments, their folder, or what they show of their environment (`LC_MARK`). */
export async function processesWith(mark: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
      const folder = readlink(`/proc/${pid}/cwd`).catch(() => '');
      const [line = '', ...rest] = await Promise.all([read('cmdline'), read('environ'), folder]);
      const isMarked = [line, ...rest].some((text) => text.includes(mark));
      return isMarked && isAlive(Number(pid)) ? [`${pid} ${line.replaceAll('\0', ' ')}`] : [];
    }),
  );
  return found.flat();
}

/** Fetches again and again until the answer is as wanted; a limit far beyond what it takes ends a wait for nothing. */
export async function until<T>(
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  limitMs = 20_000,
): Promise<T> {
  const limit = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (performance.now() > limit) throw new Error(`Not as wanted: ${JSON.stringify(answer)}`);
    await delay(20);
  }
}

/** Makes a checkout: its `.git` with a remote, and files. */
export async function makeCheckout(
  path: string,
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const config = '[remote "origin"]\n\turl = https://git.example/acme/thing.git\n';
  const all = { '.git/config': config, '.git/HEAD': 'ref: refs/heads/main\n', ...files };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
}
