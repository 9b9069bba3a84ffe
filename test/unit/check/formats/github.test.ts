import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatGithub } from '../../../../src/check/formats/github.js';
import { showText } from '../../../../src/domain/shown-text.js';
import { hostileAnswer, sample, UNSAFE } from './answers.js';

interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** Reads a line as GitHub's runner does: where it begins with `::`, up to the next `::`, and then the message. */
function readCommand(line: string): Command | undefined {
  const start = line.trimStart();
  const end = start.indexOf('::', 2);
  if (!start.startsWith('::') || end < 0) return undefined;
  const [name = '', ...rest] = start.slice(2, end).split(' ');
  const pairs = rest
    .join(' ')
    .split(',')
    .map((pair) => [pair.slice(0, pair.indexOf('=')), unescapeProperty(pair.slice(pair.indexOf('=') + 1))]);
  return { name, properties: Object.fromEntries(pairs), message: unescapeData(start.slice(end + 2)) };
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

function unescapeProperty(text: string): string {
  const colons = text.replaceAll('%3A', ':').replaceAll('%2C', ',');
  return unescapeData(colons);
}

describe('the workflow commands of a check', () => {
  it('are exactly these', async () => {
    await expect(formatGithub(sample())).toMatchFileSnapshot('expected/check.github.txt');
  });

  it('are one a line, as many as there are problems, with their texts, whatever these are', () => {
    fc.assert(
      fc.property(hostileAnswer, (answer) => {
        const text = formatGithub(answer);
        expect(text).not.toMatch(UNSAFE);
        const lines = text.split('\n');
        expect(lines.pop()).toBe('');
        const commands = lines.map(readCommand);
        const problems = answer.criteria.filter(({ status }) => status === 'warn' || status === 'fail');
        const ends = answer.not_judged.length > 0 ? 2 : 1;
        expect(commands).toHaveLength(problems.length + answer.findings.length + ends);
        for (const command of commands) {
          expect(['error', 'warning', 'notice']).toContain(command?.name);
          const names = Object.keys(command?.properties ?? {}).join();
          expect(['title', 'file,title', 'file,line,title']).toContain(names);
        }
        for (const [index, { id, label, status, detail }] of problems.entries()) {
          const { name, properties, message } = commands[index]!;
          expect(name).toBe(status === 'fail' ? 'error' : 'warning');
          expect(properties['title']).toBe(showText(`${id} ${label}`));
          expect(message.split('\n')[0]).toBe(showText(detail));
        }
      }),
    );
  });

  it('end after two hundred, and say how many there are more', () => {
    const findings = Array.from({ length: 300 }, () => sample().findings[0]!);
    const lines = formatGithub({ ...sample(), findings })
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(203);
    expect(lines[200]).toBe('::notice title=doi::and 103 more');
  });
});
