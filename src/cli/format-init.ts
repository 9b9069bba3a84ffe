/** Shows what `doi init` wrote, what is still to be filled in, and what is missing for the next tier. */
import { count, quoteForShell } from '../domain/text.js';
import type { Tier } from '../domain/tier.js';
import type { CriterionId, CriterionTier, Verdict } from '../domain/verdict.js';
import type { InitResult } from '../init/init-checkout.js';
import type { PlaceholderList } from '../init/list-placeholders.js';
import { showDiff } from '../init/show-diff.js';
import { formatCriteria } from './format-criteria.js';
import { describeCommand, fillInPath } from './local-command.js';
import { type Paint, showText } from './terminal.js';

/** How a checkout is judged, and what is still to be filled in. */
export interface InitState {
  readonly placeholders: PlaceholderList;
  /** The tier if all criteria that were not judged were met. */
  readonly tier: Tier;
  readonly next: { readonly tier: CriterionTier; readonly missing: readonly Verdict[] } | null;
  readonly notJudged: readonly CriterionId[];
}

/** The files that were written, and those that were not, each with the reason. */
export function formatWritten({ slug, path, files, left }: InitResult, paint: Paint): string {
  const head = `${paint('bold', showText(slug))}  ${showText(path, 400)}`;
  const wrote =
    files.length === 0
      ? ['Wrote nothing.']
      : [`Wrote ${count(files.length, 'file')}:`, ...files.map((file) => paint('green', `  + ${file.path}`))];
  return `${[head, '', ...wrote, ...formatLeft(left)].join('\n')}\n`;
}

function formatLeft(left: InitResult['left']): string[] {
  const width = Math.max(0, ...left.map(({ path }) => path.length));
  return left.length === 0
    ? []
    : ['Left as it is:', ...left.map(({ path, because }) => `  ${path.padEnd(width)}  ${showText(because)}`)];
}

/**
 * The placeholders, each as a warning, and what is missing for the next tier, each with its remedy.
 * `command` starts `doi`, for a shell.
 */
export function formatInit(
  { path, command = 'doi' }: Pick<InitResult, 'path'> & { readonly command?: string },
  state: InitState,
  paint: Paint,
): string {
  const { placeholders, tier, next, notJudged } = state;
  const lines: string[] = [];
  const { listed, more } = placeholders;
  if (listed.length > 0)
    lines.push(
      '',
      `To fill in, and not counted before (${count(listed.length + more, 'warning')}):`,
      ...listed.map(({ file, line, text }) =>
        [paint('yellow', `  ! ${showText(file)}:${line}`), showText(text)].join('  '),
      ),
      ...(more > 0 ? [`  and ${more} more`] : []),
    );
  const without =
    notJudged.length === 0 ? '' : ` without what only a registry knows (${notJudged.join(', ')} not judged)`;
  lines.push('', `Tier${without}: ${paint('bold', tier)}`);
  if (next !== null)
    lines.push(`Missing for ${next.tier}:`, ...formatCriteria(fillInPath(next.missing, path), paint));
  lines.push('', `To check it again: ${command} check ${showText(quoteForShell(path), 400)}`);
  lines.push(...describeCommand(command));
  return `${lines.join('\n')}\n`;
}

/** The diff alone for standard output, so that a program can apply it, and the rest for standard error. */
export function formatDryRun({ files, left }: InitResult): { readonly diff: string; readonly notes: string } {
  const what =
    files.length === 0 ? 'It would write nothing.' : `It would write ${count(files.length, 'file')}.`;
  return { diff: showDiff(files), notes: `${[what, ...formatLeft(left)].join('\n')}\n` };
}
