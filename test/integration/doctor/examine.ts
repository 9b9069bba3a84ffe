/** Runs checks of `doi doctor` and hands over their lines by name. */

import { run as runCli } from '../../../src/cli/program.js';
import { type Check, type DoctorAnswer, type Report, runGroup } from '../../../src/doctor/check.js';

export type Lines = Readonly<Record<string, Check>>;

/** The lines of one group. */
export async function linesOf(work: (report: Report) => Promise<unknown>): Promise<Lines> {
  const run = async (report: Report) => void (await work(report));
  const { checks } = await runGroup({ name: 'tested', limitMs: 60_000, run });
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

export interface Diagnosis {
  readonly code: number;
  readonly answer: DoctorAnswer;
  readonly stdout: string;
  /** The lines of all groups, as `group/name`. */
  readonly lines: Lines;
}

/** `doi doctor --json` with this environment, and a PATH. */
export async function diagnose(env: NodeJS.ProcessEnv): Promise<Diagnosis> {
  const { code, stdout } = await doctor(['--json'], env);
  const answer = JSON.parse(stdout) as DoctorAnswer;
  const lines = Object.fromEntries(answer.checks.map((check) => [`${check.group}/${check.name}`, check]));
  return { code, answer, stdout, lines };
}

/** `doi doctor`, as it writes to a pipe. */
export async function doctor(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly stdout: string }> {
  let stdout = '';
  let stderr = '';
  const code = await runCli(['doctor', ...argv], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: { PATH: process.env['PATH'], ...env },
  });
  if (stderr !== '') throw new Error(stderr);
  return { code, stdout };
}
