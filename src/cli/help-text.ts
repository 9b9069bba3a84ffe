/** What a command's help shows after its options: notes, examples, exit codes. */
import type { Command } from 'commander';

export interface HelpText {
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Exit codes beside 0, 2 and 3, or another meaning of one of these. */
  readonly exits?: readonly (readonly [code: number, meaning: string])[];
  readonly notes?: string;
}

const EXITS = [
  [0, 'done'],
  [2, 'wrong usage'],
  [3, 'could not run'],
] as const;

/** Adds examples, notes and exit codes to a command's help. */
export function addHelpText(command: Command, { examples, exits = [], notes }: HelpText): void {
  const width = Math.max(...examples.map(([line]) => line.length));
  const codes = [...new Map<number, string>([...EXITS, ...exits])].sort(([one], [other]) => one - other);
  const parts = [
    ...(notes === undefined ? [] : [`\n${notes}`]),
    '\nExamples:',
    ...examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`),
    '\nExit codes:',
    ...codes.map(([code, meaning]) => `  ${code}  ${meaning}`),
  ];
  command.addHelpText('after', parts.join('\n'));
}
