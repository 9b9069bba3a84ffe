/** Tests of judging a checker by its exit code: what counts as a broken program, and never for long. */
import { expect, test } from 'vitest';
import { readExitCode } from '../../../src/checker/checker-output.js';

const output = (head: string) => ({ head, tail: '', truncated: false });
const exited = { code: 1, signal: null, why: 'exited', ms: 5, stdout: output('bad') } as const;
const judge = (stderr: string) => readExitCode({ ...exited, stderr: output(stderr) });

test.each([
  ['Python', 'x\nTraceback (most recent call last):\n  File "a.py"'],
  ['Node', 'Error: x\n    at main (/opt/check.js:10:7)\n'],
  ['Node, with Windows line ends', 'Error: x\r\n    at /opt/check.js:10\r\n'],
  ['Java', 'Exception in thread "main" x\n\tat Check.main(Check.java:10)'],
  ['Go', 'panic: runtime error'],
])('a traceback of %s is no result', (_, stderr) => {
  expect(() => judge(stderr)).toThrow('exited with code 1 after 5 ms, which is no result');
});

test.each(['', 'look at line:10\n', 'meet me at 10:30'])('%j is no traceback', (stderr) => {
  expect(judge(stderr)).toMatchObject([{ check: 'exit-code', severity: 'FAIL', message: 'bad' }]);
});

test.each(['\n', ' ', '\t\n', ' at ', ' at :1', '  at :', '1'])(
  'a megabyte of %j on standard error is searched at once',
  (piece) => {
    const began = performance.now();
    judge(`${piece.repeat(1_000_000 / piece.length)}x`);
    expect(performance.now() - began).toBeLessThan(2_000);
  },
);
