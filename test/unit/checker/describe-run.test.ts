import { describe, expect, it } from 'vitest';
import { describeEnd, describeExit } from '../../../src/checker/describe-run.js';
import type { CommandRun } from '../../../src/checker/run-command.js';

const out = (truncated: boolean) => ({ head: '', tail: '', truncated });
const run = (change: Partial<CommandRun>): CommandRun => ({
  ...{ code: null, signal: null, why: 'exited', ms: 4012, stdout: out(false), stderr: out(false) },
  ...change,
});

describe('the end of a run', () => {
  it.each([
    [{ code: 0, ms: 12.4 }, 'exited with code 0 after 12 ms'],
    [{ code: 127, ms: 999 }, 'exited with code 127 after 999 ms'],
    [{ code: 139 }, 'exited with code 139 (128 + SIGSEGV) after 4.0 s'],
    [{ code: 143 }, 'exited with code 143 (128 + SIGTERM) after 4.0 s'],
    [{ code: 255 }, 'exited with code 255 after 4.0 s'],
    [{ signal: 'SIGSEGV' }, 'was ended by SIGSEGV after 4.0 s'],
    [{}, 'was given up after 4.0 s'],
  ])('names code or signal, and how long it took: %j', (change, text) => {
    expect(describeExit(run(change))).toBe(text);
  });

  it.each<[Partial<CommandRun>, string | undefined]>([
    [{ code: 3 }, undefined],
    [{ signal: 'SIGKILL' }, 'It was ended by SIGKILL after 4.0 s.'],
    [
      { why: 'timed-out', signal: 'SIGKILL' },
      'It did not end within 2 s; it was ended by SIGKILL after 4.0 s.',
    ],
    [
      { why: 'timed-out', code: 143 },
      'It did not end within 2 s; it exited with code 143 (128 + SIGTERM) after 4.0 s.',
    ],
    [
      { why: 'flooded', code: 0, stderr: out(true) },
      'It printed more than 8 MiB on standard error; it exited with code 0 after 4.0 s.',
    ],
    [
      { why: 'flooded', code: 0, stdout: out(true), stderr: out(true) },
      'It printed more than 8 MiB on standard output and on standard error; it exited with code 0 after 4.0 s.',
    ],
  ])('says why it was ended, and by what: %j', (change, text) => {
    expect(describeEnd(run(change), 'It', 2_000)).toBe(text);
  });
});
