/** Words how a run ended: why, after how long, and on which stream it printed too much. */
import { constants } from 'node:os';
import type { CommandRun } from './run-command.js';
import type { RunResult } from './run-subprocess.js';

/** How a run without an exit code of its own ended, as a sentence; undefined for a run that has one. */
export function describeEnd(run: CommandRun, name: string, timeoutMs: number): string | undefined {
  const how = describeExit(run);
  if (run.why === 'timed-out') return `${name} did not end within ${timeoutMs / 1000} s; it ${how}.`;
  if (run.why === 'flooded') return `${name} printed more than 8 MiB on ${floodedStreams(run)}; it ${how}.`;
  return run.code === null ? `${name} ${how}.` : undefined;
}

/** The end of a run as the rest of a sentence: its exit code or signal, and how long it took. */
export function describeExit({ code, signal, ms }: Pick<RunResult, 'code' | 'signal' | 'ms'>): string {
  const after = `after ${describeDuration(ms)}`;
  if (code !== null) return `exited with code ${code}${signalIn(code)} ${after}`;
  return signal === null ? `was given up ${after}` : `was ended by ${signal} ${after}`;
}

/** Under an isolation, and under a shell, a program that a signal ended shows as 128 and the signal's number. */
function signalIn(code: number): string {
  const name = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return name === undefined ? '' : ` (128 + ${name})`;
}

function floodedStreams({ stdout, stderr }: RunResult): string {
  const streams = [stdout.truncated && 'standard output', stderr.truncated && 'standard error'];
  return streams.filter(Boolean).join(' and on ');
}

function describeDuration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
