/** Shows as text how a check stands to a baseline and to a server's report. */
import type { CheckAnswer } from '../check/check-answer.js';
import type { BaselineAnswer, StatusChange } from '../check/compare-with-baseline.js';
import type { AgainstAnswer, OnlyThere, ServerDifference } from '../check/compare-with-server.js';
import { describePlace } from '../check/describe-place.js';
import { describeOutcome } from '../check/describe-standing.js';
import { countsFor } from '../domain/counted-findings.js';
import type { Finding } from '../domain/input.js';
import { count } from '../domain/text.js';
import { formatReason } from './format-reason.js';
import { type Paint, showText } from './terminal.js';

/** The lines of both comparisons; none where there is none. */
export function formatComparisons(answer: CheckAnswer, paint: Paint): string[] {
  const { baseline, against } = answer;
  return [
    ...(baseline === undefined ? [] : ['', ...formatBaselineAnswer(baseline, answer, paint)]),
    ...(against === undefined ? [] : ['', ...formatAgainst(against, paint)]),
  ];
}

function formatBaselineAnswer(baseline: BaselineAnswer, answer: CheckAnswer, paint: Paint): string[] {
  const { worse, better, new_findings: added, fixed_findings: fixed, not_in_baseline: others } = baseline;
  const gone = fixed === 0 ? [] : [`${count(fixed, 'finding')} of it gone`];
  const improved = [...better.map(({ id, was, now }) => `${id} was ${was}, now ${now}`), ...gone];
  return [
    describeBaseline(baseline, answer, paint),
    ...describeCounts(baseline, paint),
    ...worse.flatMap((change) => describeWorse(change, paint)),
    ...added.flatMap((finding) => {
      const { check, severity, message, was = 'not there' } = finding;
      const where = `${showText(check)} ${showText(describePlace(finding))}`.trim();
      const head = `✖ ${where}  was ${was}, now ${severity}: ${showText(message)}`;
      return [paint('red', head), `    → ${remedyOf(finding, answer)}`];
    }),
    ...(improved.length === 0
      ? []
      : [paint('green', `Better: ${improved.join('; ')}.`), ...onRatchet(baseline)]),
    ...(others.length === 0 ? [] : [`Not in the baseline: ${others.join(', ')}.`]),
  ];
}

/** Where a list of findings is cut, a new one may stand where it is not listed. */
function describeCounts({ counts }: BaselineAnswer, paint: Paint): string[] {
  if (counts === null) return [];
  const show = ({ FAIL: fails, WARN: warns }: { FAIL: number; WARN: number }) =>
    `${fails} FAIL, ${warns} WARN`;
  const was = counts.was === null ? '' : `were ${show(counts.was)}, `;
  const said = `Too many findings are there to list all, so their numbers are compared: ${was}now ${show(counts.now)}.`;
  return [
    paint('yellow', said),
    '  "--ratchet" leaves the findings as they are; write the baseline again when there are fewer.',
  ];
}

const COLOURS = {
  worse: 'red',
  met: 'green',
  unknown: 'yellow',
  written: 'green',
  refused: 'yellow',
} as const;

/** Where the workplans could not be checked, C13 says why. */
function describeBaseline(baseline: BaselineAnswer, { criteria }: CheckAnswer, paint: Paint): string {
  const reason = criteria.find(({ id }) => id === 'C13')?.detail ?? '';
  const shown = { file: showText(baseline.file, 400), reason: showText(reason) };
  return paint(COLOURS[baseline.outcome], describeOutcome(baseline, shown));
}

function describeWorse({ id, label, was, now, detail, remedy }: StatusChange, paint: Paint): string[] {
  const before = was === 'not_judged' ? 'not judged and its file valid' : was;
  const head = `✖ ${id} ${label}  was ${before}, now ${now}: ${showText(detail)}`;
  return [paint('red', head), ...(remedy === null ? [] : [`    → ${showText(remedy)}`])];
}

function onRatchet({ outcome, written }: BaselineAnswer): string[] {
  if (outcome === 'written' || outcome === 'refused') return [];
  return [written ? '  The baseline has it now.' : '  "--ratchet" writes it to the baseline.'];
}

/** The criterion that counts the finding says what to do about it. */
function remedyOf(finding: Finding, { criteria }: CheckAnswer): string {
  const id = countsFor('C7', finding) ? 'C7' : 'C13';
  const remedy = criteria.find((verdict) => verdict.id === id)?.remedy;
  return showText(remedy ?? 'docs/criteria.md of doi-worker says what each check wants.');
}

function formatAgainst(against: AgainstAnswer, paint: Paint): string[] {
  return [
    describeAgainst(against, paint),
    ...describeCommits(against),
    ...against.reasons.flatMap((reason) => formatReason(reason, paint)),
    ...against.differences.flatMap((difference) => describeDifference(difference, paint)),
    ...against.not_judged.map(describeOnlyThere),
  ];
}

function describeAgainst(
  { outcome, server, repo_slug: slug, allow_unknown: allowed }: AgainstAnswer,
  paint: Paint,
) {
  const of = `${showText(slug)} at ${showText(server, 400)}`;
  if (outcome === 'same')
    return paint('green', `The same as the verdict of ${of}, in all that was judged here.`);
  if (outcome === 'different') return paint('red', `Different from the verdict of ${of}:`);
  return paint(
    'yellow',
    `The verdict of ${of} is not known${allowed ? ', which --allow-unknown accepts' : ''}:`,
  );
}

function describeCommits({ head, there }: AgainstAnswer): string[] {
  if (head === null || there === null || there.head === null || head === there.head) return [];
  const [own, other] = [head, there.head].map((commit) => showText(commit).slice(0, 12));
  return [`  The server's checkout is at ${other}, this one at ${own}.`];
}

function describeDifference(difference: ServerDifference, paint: Paint): string[] {
  const { id, label, here, there, here_detail: own, there_detail: other, why } = difference;
  return [
    paint('yellow', `≠ ${id} ${label}  here ${here}, there ${there ?? 'no verdict'}`),
    `    here:  ${showText(own)}`,
    ...(other === null ? [] : [`    there: ${showText(other)}`]),
    ...why.map((text) => `    ${showText(text, 1000)}`),
  ];
}

function describeOnlyThere({ id, label, there, there_detail: detail, option }: OnlyThere): string {
  const give = option === null ? '' : `; give ${option}`;
  const says = there === null ? 'the registry has no verdict' : `there ${there}: ${showText(detail ?? '')}`;
  return `– ${id} ${label}  not judged here${give}; ${says}`;
}
