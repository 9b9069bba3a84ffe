// Programs that are run bare, to compare with, and a git server.
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '../../dist/checker/isolation.js';

/** What both sides start programs with: some variables triple the time in which Node starts. */
export const programEnvironment = childEnvironment(process.env);

/**
 * Runs a program once for each line by `xargs -P`.
 * @param codes the exit codes that count as success: xargs ends with 123 where a program ended with 1 to 125
 */
export async function xargs(parallel, argv, { lines, env, codes = [0] }) {
  const options = { env, stdio: ['pipe', 'ignore', 'inherit'] };
  const child = spawn('xargs', ['-P', String(parallel), '-I', '{}', ...argv], options);
  child.stdin.end(lines.map((line) => `${line}\n`).join(''));
  const [code] = await once(child, 'close');
  if (!codes.includes(code)) throw new Error(`xargs ended with ${code}.`);
}

/** Runs the bare checker program on folders, so many at once as there are cores. */
export function runCheckers({ checker }, paths) {
  // Of the exit codes only those of a check that did not run count.
  const options = { lines: paths, env: programEnvironment, codes: [0, 123] };
  return xargs(availableParallelism(), [process.execPath, checker.file, '{}', 'x'], options);
}

/** Serves the repositories below a folder; closing the scope stops it. Returns its address. */
export async function startGitServerBeside(scope, root) {
  const child = fork(join(import.meta.dirname, 'git-server-child.js'), [root]);
  scope.add('git server', child, async (it) => {
    it.kill('SIGKILL');
    if (it.exitCode === null && it.signalCode === null) await once(it, 'exit');
  });
  const [{ port }] = await once(child, 'message');
  return `http://127.0.0.1:${port}`;
}

/** What a folder takes on the disk, in bytes. */
export function diskOf(folder) {
  const entries = readdirSync(folder, { recursive: true });
  const blocks = entries.map((name) => statSync(join(folder, name)).blocks);
  return 512 * blocks.reduce((sum, one) => sum + one, 0);
}
