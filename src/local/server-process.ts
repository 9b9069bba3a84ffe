/** Runs a server as a child of this process: the terminal's Ctrl-C does not reach it, and it ends when this process ends. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { platform } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Scope } from '../platform/process/shutdown.js';

export interface ServerCommand {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Gets both output streams; emptied at each start. */
  readonly logFile: string;
  /** The signal that stops the server. */
  readonly stopSignal: NodeJS.Signals;
  /** The signal that the server gets when this process dies without stopping it. */
  readonly deathSignal: 'SIGINT' | 'SIGKILL';
}

export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the server has ended, for any reason: with the signal that ended it, or null. */
  readonly exited: Promise<NodeJS.Signals | null>;
  /** Stops the server and waits for its end; kills it after 27 s. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** Longer than a worker takes, which ends by itself after 26 s at the latest: killed, it would keep the lead of its host. */
const STOP_LIMIT_MS = 27_000;
const POLL_MS = 20;
const run = promisify(execFile);

/** Starts a server in a session of its own, so that it gets no signals of the terminal: this process stops it, in order. */
export async function spawnServer(command: ServerCommand): Promise<ServerProcess> {
  const bound = await canBindToParent();
  const signal = command.deathSignal.slice(3);
  const guard = bound ? ['setpriv', `--pdeathsig=${signal}`, '--'] : [];
  const log = await open(command.logFile, 'w', 0o600);
  try {
    const [program = '', ...args] = insertGuard(command.argv, guard);
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', ...command.env },
      cwd: '/',
    });
    const pid = await spawned(child);
    const watcher = bound ? undefined : watchParent(pid, signal);
    return track(child, pid, { stopSignal: command.stopSignal, watcher });
  } finally {
    await log.close();
  }
}

/** Marks the program in an argument vector: the guard stands there, after a prefix that changes user and would clear it. */
export const PROGRAM = '\0program';

function insertGuard(argv: readonly string[], guard: readonly string[]): string[] {
  const at = argv.indexOf(PROGRAM);
  return at === -1 ? [...guard, ...argv] : [...argv.slice(0, at), ...guard, ...argv.slice(at + 1)];
}

function spawned(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}

interface Tracking {
  readonly stopSignal: NodeJS.Signals;
  readonly watcher: ChildProcess | undefined;
}

function track(child: ChildProcess, pid: number, { stopSignal, watcher }: Tracking): ServerProcess {
  let over = false;
  const exited = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('exit', (_code, signal) => {
      over = true;
      // Before all else, so that the watcher can never signal another process that got this number.
      watcher?.kill('SIGKILL');
      resolve(signal);
    });
  });
  const kill = (signal: NodeJS.Signals) => {
    if (!over) child.kill(signal);
  };
  return {
    pid,
    exited,
    kill,
    async stop() {
      kill(stopSignal);
      // A frozen server would not receive the signal.
      kill('SIGCONT');
      const timer = setTimeout(() => kill('SIGKILL'), STOP_LIMIT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

/**
 * Adds a server to the scope, which stops it.
 * @returns what ended the server if the scope did not; never resolves if it did
 */
export function superviseServer(
  scope: Scope,
  name: string,
  server: Pick<ServerProcess, 'exited' | 'stop'>,
): Promise<NodeJS.Signals | null> {
  let isStopping = false;
  scope.add(name, server, () => {
    isStopping = true;
    return server.stop();
  });
  return new Promise((resolve) => {
    server.exited.then((signal) => {
      if (!isStopping) resolve(signal);
    });
  });
}

/** Waits until a server answers. @returns false where it ended or did not answer in time */
export async function waitUntilReady(
  server: ServerProcess,
  isReady: () => Promise<boolean>,
  limitMs: number,
): Promise<boolean> {
  let over = false;
  const ended = server.exited.then(() => {
    over = true;
  });
  const until = Date.now() + limitMs;
  while (!over && Date.now() < until) {
    if (await isReady()) return true;
    await Promise.race([ended, delay(POLL_MS)]);
  }
  return false;
}

/** The end of a server's log, for an error's text. */
export async function readLogEnd(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n');
  return lines.slice(-5).join(' / ').slice(-1000);
}

let bindable: Promise<boolean> | undefined;

/** Whether setpriv can have the kernel signal a child when this process dies. */
function canBindToParent(): Promise<boolean> {
  bindable ??=
    platform === 'linux'
      ? run('setpriv', ['--pdeathsig=KILL', '--', 'true']).then(
          () => true,
          () => false,
        )
      : Promise.resolve(false);
  return bindable;
}

/** @internal Where setpriv is missing: a shell whose input ends when this process ends, and which then signals the server. */
export function watchParent(pid: number, signal: string): ChildProcess {
  const script = 'cat > /dev/null; kill -s "$1" "$2"';
  const watcher = spawn('sh', ['-c', script, 'sh', signal, String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  return watcher;
}
