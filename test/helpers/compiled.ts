/** Runs compiled modules as programs of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { distPath } from '../../src/platform/process/package-root.js';

export interface ProgramResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly child: ChildProcess;
  readonly done: Promise<ProgramResult>;
  /** Resolves with the first line on standard output that matches; rejects where the program ends without one. */
  line(pattern: RegExp): Promise<string>;
}

/** The address of a compiled module, to import in {@link runModule}'s script. */
export function compiledUrl(module: string): string {
  const file = distPath(module);
  if (!existsSync(file)) throw new Error(`${file} is missing: run "npm run build" before the tests.`);
  return pathToFileURL(file).href;
}

/** Runs a script (an ES module, as text) in a Node of its own. */
export function runModule(script: string, env: NodeJS.ProcessEnv = process.env): Program {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const done = new Promise<ProgramResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const check = () => {
        const found = stdout.split('\n').find((text) => pattern.test(text));
        if (found !== undefined) resolve(found);
      };
      child.stdout.on('data', check);
      child.once('close', () => reject(new Error(`No line like ${pattern}: ${stdout}${stderr}`)));
      check();
    });
  return { child, done, line };
}
