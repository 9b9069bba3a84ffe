/** Asks the person at the terminal. */
import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';

/** @returns what was typed, empty where the person left by Ctrl-C or Ctrl-D; undefined where there is no terminal to ask at */
export function askOnTerminal(question: string): Promise<string | undefined> {
  if (!isatty(0) || !isatty(2)) return Promise.resolve(undefined);
  // Standard output may be read by a program.
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    const leave = () => {
      process.stderr.write('\n');
      resolve('');
    };
    terminal.once('close', leave);
    terminal.question(question, (answer) => {
      terminal.off('close', leave);
      terminal.close();
      resolve(answer.trim());
    });
  });
}
