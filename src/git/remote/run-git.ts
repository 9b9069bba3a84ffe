/**
 * Runs git against a remote. Promise: it ends within its limits of time, memory and size of a file, and a git whose worker is
 * killed ends too, as far as this host has the programs for that.
 */
import { type Environment, type Isolation, NO_ISOLATION } from '../../checker/isolation.js';
import type { Output } from '../../checker/output.js';
import type { RunOptions, RunResult } from '../../checker/run-subprocess.js';
import { findProgram } from '../../platform/process/find-program.js';
import { classify, type FailedRun, type RemoteProblem } from './classify.js';
import { gitEnvironment, readsSshCommand } from './git-environment.js';
import { writeError } from './mirror-errors.js';
import type { RemoteUrl } from './parse-remote-url.js';
import { readTrace } from './read-trace.js';

export interface GitDeps {
  /** Starts a program, as `Launcher.run` does. */
  readonly run: (options: RunOptions) => Promise<RunResult>;
  /** Of this process. */
  readonly environment: Environment;
}

export interface GitRun {
  readonly remote: RemoteUrl;
  readonly step: FailedRun['step'];
  readonly args: readonly string[];
  /** The repository that git works on; undefined for none. */
  readonly gitDir?: string;
  readonly input?: string;
  readonly timeoutMs: number;
  /** The longest file that git may write, in bytes. */
  readonly maxFileBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export type GitResult =
  | { readonly ok: true; readonly stdout: string }
  | { readonly ok: false; readonly problem: RemoteProblem };

/** So that a list of branches without an end, or an object whose length is a lie, does not take this host's memory. */
const MEMORY_BYTES = { list: 2 ** 30, fetch: 4 * 2 ** 30 } as const;

/**
 * Runs git to its end.
 * @throws {DoiError} `host_exhausted` where the disk is full; `file_unreadable` where git may not write to its repository; what
 *   `deps.run` throws; the signal's reason where it was aborted
 */
export async function runGit(deps: GitDeps, wanted: GitRun): Promise<GitResult> {
  const { run, environment } = deps;
  const { remote, step, args, gitDir, input, timeoutMs, maxFileBytes, signal } = wanted;
  const { protocol } = remote;
  const searchPath = environment['PATH'] ?? '';
  const sshCommand = readsSshCommand(environment, protocol) ? await findSshCommand(deps) : undefined;
  const result = await run({
    argv: [...limits(searchPath, step, maxFileBytes), 'git', ...args],
    cwd: '/',
    environment,
    variables: gitEnvironment(environment, { protocol, gitDir, sshCommand }),
    ...(input === undefined ? {} : { input: Buffer.from(input) }),
    isolation: isolationOf(searchPath),
    timeoutMs,
    signal,
  });
  signal?.throwIfAborted();
  if (result.code === 0 && result.why === 'exited')
    return noAnswer(step, result) ?? { ok: true, stdout: wholeLines(result.stdout) };
  const signalled = result.signal === 'SIGXFSZ' ? '\nkilled by signal 25' : '';
  const stderr = wholeLines(result.stderr) + signalled;
  const problem = classify({ step, why: result.why, stderr, now: Date.now() });
  const failed = writeError(problem.messages, gitDir);
  if (failed !== undefined) throw failed;
  return { ok: false, problem };
}

/** Git takes an empty answer for a repository without branches, whatever its status. */
function noAnswer(step: GitRun['step'], { stderr }: RunResult): GitResult | undefined {
  const status = step === 'list' ? readTrace(wholeLines(stderr)).answer?.status : undefined;
  if (status === undefined || status === 200) return undefined;
  return { ok: false, problem: { code: 'remote_failed', messages: '', status, isServers: false } };
}

const CONFIG_MS = 10_000;
const sshCommands = new WeakMap<Environment, Promise<string | undefined>>();

/** The operator's `core.sshCommand`; undefined for none. It is read once for each environment, and so once per process. */
function findSshCommand(deps: GitDeps): Promise<string | undefined> {
  const { environment } = deps;
  const known = sshCommands.get(environment);
  if (known !== undefined) return known;
  const found = readSshCommand(deps);
  sshCommands.set(environment, found);
  found.catch(() => sshCommands.delete(environment));
  return found;
}

/** Where git cannot read its settings, the run that follows says why. */
async function readSshCommand({ run, environment }: GitDeps): Promise<string | undefined> {
  const { code, stdout } = await run({
    argv: ['git', 'config', '--get', 'core.sshCommand'],
    cwd: '/',
    environment,
    variables: gitEnvironment(environment, { protocol: 'ssh' }),
    isolation: isolationOf(environment['PATH'] ?? ''),
    timeoutMs: CONFIG_MS,
  });
  // By its code 1, git says that there is no such setting.
  if (code !== 0 && code !== 1) sshCommands.delete(environment);
  const command = code === 0 ? stdout.head.trim() : '';
  return command === '' ? undefined : command;
}

function limits(searchPath: string, step: GitRun['step'], maxFileBytes: number): string[] {
  // Elsewhere than on Linux, only the time is limited.
  if (findProgram('prlimit', searchPath) === undefined) return [];
  return ['prlimit', `--fsize=${maxFileBytes}`, `--data=${MEMORY_BYTES[step]}`];
}

/** No other user and no namespace of users: ssh reads who it is, and credential helpers read that user's files. */
function isolationOf(searchPath: string): Isolation {
  if (findProgram('setpriv', searchPath) === undefined) return NO_ISOLATION;
  return { level: 'death-signal', prefix: ['setpriv', '--pdeathsig', 'KILL'] };
}

/** The text of a stream, without the parts of lines at the cut: the end of a header there would not be recognised as one. */
function wholeLines({ head, tail, truncated }: Output): string {
  if (!truncated) return head;
  const rest = tail.indexOf('\n');
  return head.slice(0, head.lastIndexOf('\n') + 1) + (rest === -1 ? '' : tail.slice(rest + 1));
}
