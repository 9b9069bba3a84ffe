/** The answer of a check as workflow commands of GitHub Actions, which become annotations on files and lines. */
import { showText } from '../../domain/shown-text.js';
import type { CheckAnswer } from '../check-answer.js';
import { describeRequired } from '../describe-required.js';
import { describeStanding } from '../describe-standing.js';
import { nameNotJudged } from '../registry-options.js';
import { type Level, listProblems, type Problem } from './problems.js';

/** GitHub shows few annotations a step; a log with more lines than this helps no person. */
const MAX_COMMANDS = 200;
const COMMANDS: Readonly<Record<Level, string>> = { error: 'error', warning: 'warning', note: 'notice' };

/** One command a line, and no other line, since a line of a repository's text could be a command of its own. */
export function formatGithub(answer: CheckAnswer): string {
  // What the baseline accepts comes last, so that none of it takes the place of something new.
  const problems = listProblems(answer).sort(
    (a, b) => Number(a.accepted === true) - Number(b.accepted === true),
  );
  const lines = problems.slice(0, MAX_COMMANDS).map(toCommand);
  if (problems.length > MAX_COMMANDS)
    lines.push(command('notice', { title: 'doi' }, [`and ${problems.length - MAX_COMMANDS} more`]));
  const { tier, not_judged: notJudged, required } = answer;
  if (notJudged.length > 0)
    lines.push(command('notice', { title: 'Not judged: no registry here' }, [nameNotJudged(notJudged)]));
  const level = required?.met === false ? 'error' : required?.met === null ? 'warning' : 'notice';
  const reach = required === null ? [] : [describeRequired(required)];
  lines.push(command(level, { title: 'doi' }, [`Tier reached: ${tier}`, ...reach]));
  const standing = describeStanding(answer);
  if (standing !== null) lines.push(command(levelOfBaseline(answer), { title: 'doi' }, [standing]));
  return `${lines.join('\n')}\n`;
}

function levelOfBaseline({ baseline }: CheckAnswer): string {
  if (baseline?.outcome === 'worse') return 'error';
  return baseline?.outcome === 'unknown' || baseline?.outcome === 'refused' ? 'warning' : 'notice';
}

function toCommand({ level, location, title, message, remedy, accepted }: Problem): string {
  const { file, line } = location ?? { file: null, line: null };
  const properties = {
    ...(file === null ? {} : { file }),
    ...(line === null ? {} : { line: String(line) }),
    title,
  };
  return command(accepted ? 'notice' : COMMANDS[level], properties, [
    message,
    ...(remedy === null ? [] : [`→ ${remedy}`]),
  ]);
}

function command(
  name: string,
  properties: Readonly<Record<string, string>>,
  message: readonly string[],
): string {
  const pairs = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${name} ${pairs.join(',')}::${message.map(escapeData).join('%0A')}`;
}

/** As GitHub's own toolkit escapes a message; it comes as one line, so a percent sign is what is left to escape. */
function escapeData(text: string): string {
  return showText(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
