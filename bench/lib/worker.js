// A worker as it runs in production, in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../dist/platform/process/package-root.js';

/**
 * Starts it; closing the scope stops it. Warnings and errors are passed on.
 * @param env settings beside those of this process
 * @param onEntry takes each entry of its log
 * @returns `logged(message, count)`: resolves when that was logged so often; `peak()`: its peak memory in MB; `stop()`
 */
export function startWorker({ databaseUrl, redisUrl }, scope, env = {}, onEntry = () => {}) {
  const child = spawn(process.execPath, ['bin/doi', 'worker'], {
    cwd: packageRoot,
    env: { ...process.env, DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, DOI_HOST: 'bench', ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const counts = new Map();
  const waiting = new Set();
  createInterface(child.stderr).on('line', (line) => {
    const entry = line.startsWith('{') ? JSON.parse(line) : { msg: line, level: 40 };
    const { msg, level } = entry;
    onEntry(entry);
    if (level >= 40) console.error(line);
    counts.set(msg, (counts.get(msg) ?? 0) + 1);
    for (const check of waiting) check();
  });
  const logged = (message, count = 1) =>
    new Promise((resolve) => {
      const check = () => {
        if ((counts.get(message) ?? 0) < count) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  const stop = async () => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  const peak = () => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
  };
  return scope.add('worker', { logged, peak, stop }, (it) => it.stop());
}
