/**
 * A baseline: what a repository's verdicts were when it was written, so that a later check names only what got worse. Pure;
 * the promise of a baseline is that it never lets anything get worse than it says, and a ratchet only makes it stricter.
 */
import { z } from 'zod';
import { countsFor, isFault } from '../domain/counted-findings.js';
import { DoiError } from '../domain/errors.js';
import { readLeftOut } from '../domain/left-out.js';
import { cleanText } from '../domain/text.js';
import { CRITERION_IDS, type CriterionId, STATUSES, type Status, type Verdict } from '../domain/verdict.js';
import { countFaults, type FaultCounts } from './count-faults.js';
import type { FingerprintedFinding } from './fingerprint-findings.js';

/** The largest file that is written and read, in bytes. */
export const MAX_BASELINE_BYTES = 4 * 1024 * 1024;

const countsSchema = z.strictObject({ FAIL: z.int().min(0), WARN: z.int().min(0) });
const schema = z.strictObject({
  version: z.literal(1),
  criteria: z
    .partialRecord(z.enum(CRITERION_IDS), z.enum(STATUSES))
    .refine((criteria) => Object.keys(criteria).length > 0),
  not_judged: z.array(z.enum(CRITERION_IDS)).optional(),
  findings: z.array(z.string().regex(/^[0-9a-f]{32}(?: WARN)?$/)),
  counts: countsSchema.optional(),
});

type Fault = 'FAIL' | 'WARN';

export interface Baseline {
  readonly criteria: Readonly<Partial<Record<CriterionId, Status>>>;
  /** The criteria that were not judged when it was written. */
  readonly notJudged: readonly CriterionId[];
  /** The severity of each finding of FAIL and WARN, by its fingerprint; none where the list was cut. */
  readonly findings: ReadonlyMap<string, Fault>;
  /** How many findings there were, where their list was cut. */
  readonly counts?: FaultCounts | undefined;
}

/** What a comparison and a ratchet need of the answer of a check. */
export interface Judged {
  readonly criteria: readonly Verdict[];
  readonly not_judged: readonly CriterionId[];
  readonly findings: readonly FingerprintedFinding[];
  /** The criteria that fail only because of what an option says of the registry. */
  readonly fail_by_option?: readonly CriterionId[];
}

/** A criterion that is skipped is as far from being met as one that fails. */
const RANKS: Readonly<Record<Status, number>> = { pass: 2, warn: 1, fail: 0, skip: 0 };

/** Whether a status is worse than another. */
export function isWorse(now: Status, was: Status): boolean {
  return RANKS[now] < RANKS[was];
}

/** The findings that a baseline keeps: those that count for a criterion. One that stands for others has no fingerprint of theirs. */
export function faultsOf({ findings }: Judged): (FingerprintedFinding & { readonly severity: Fault })[] {
  return findings.flatMap((one) => {
    const { severity } = one;
    return severity === 'INFO' || !isFault(one) || readLeftOut(one) !== undefined
      ? []
      : [{ ...one, severity }];
  });
}

/** The baseline that an answer fits exactly; criteria that were not judged are not in it. */
export function toBaseline(answer: Judged): Baseline {
  const judged = answer.criteria.filter(({ id }) => !answer.not_judged.includes(id));
  const { counts, isCut } = countFaults(answer.findings);
  return {
    criteria: Object.fromEntries(judged.map(({ id, status }) => [id, status])),
    notJudged: answer.not_judged,
    findings: new Map(
      isCut ? [] : faultsOf(answer).map(({ fingerprint, severity }) => [fingerprint, severity]),
    ),
    counts: isCut ? counts : undefined,
  };
}

/** The baseline with everything that is better in the answer, and nothing that is worse. */
export function ratchet(baseline: Baseline, answer: Judged): Baseline {
  const now = toBaseline(answer);
  const criteria: Partial<Record<CriterionId, Status>> = {};
  for (const id of CRITERION_IDS) {
    const status = better(baseline.criteria[id], now.criteria[id]);
    // With C9 as it fails now, a file that is not valid would later be no worse.
    const isLooser = id === 'C9' && status === 'fail' && baseline.notJudged.includes(id);
    if (status !== undefined && !isLooser) criteria[id] = status;
  }
  const notJudged = baseline.notJudged.filter((id) => criteria[id] === undefined);
  if (baseline.counts !== undefined || now.counts !== undefined) return { ...baseline, criteria, notJudged };
  if (!wereFound(answer)) return { ...baseline, criteria, notJudged };
  const findings = [...baseline.findings].flatMap(([fingerprint, was]): [string, Fault][] => {
    const severity = now.findings.get(fingerprint);
    return severity === undefined ? [] : [[fingerprint, was === 'WARN' ? was : severity]];
  });
  return { criteria, notJudged, findings: new Map(findings) };
}

/**
 * Whether a criterion is worse though it was not judged for the baseline. Only C9 can be: without a registry it is not judged
 * where `tpsc.yaml` is valid, and fails where it is not.
 */
export function hadValidFile(baseline: Baseline, id: CriterionId, answer: Judged): boolean {
  if (id !== 'C9' || !baseline.notJudged.includes(id) || answer.fail_by_option?.includes(id)) return false;
  return answer.criteria.some((verdict) => verdict.id === id && verdict.status === 'fail');
}

function better(was: Status | undefined, now: Status | undefined): Status | undefined {
  if (was === undefined || now === undefined) return was ?? now;
  return isWorse(was, now) ? now : was;
}

/**
 * Whether the answer has all findings: of a folder over a limit there are none, and C13 fails. A baseline without the old
 * ones would call them new when the folder is small enough again.
 */
export function wereFound(answer: Judged): boolean {
  const clean = answer.criteria.some(({ id, status }) => id === 'C13' && status === 'pass');
  return clean || answer.findings.some((finding) => countsFor('C13', finding));
}

/** The text of a baseline's file: sorted, one entry a line, so that a change shows as a small difference. */
export function formatBaseline({ criteria, notJudged, findings, counts }: Baseline): string {
  const ordered = CRITERION_IDS.flatMap((id) => {
    const status = criteria[id];
    return status === undefined ? [] : [[id, status]];
  });
  const value = {
    version: 1,
    criteria: Object.fromEntries(ordered),
    ...(notJudged.length > 0 && { not_judged: CRITERION_IDS.filter((id) => notJudged.includes(id)) }),
    // A finding without a severity may be a FAIL, as in files of before severities were kept.
    findings: [...findings]
      .map(([print, severity]) => (severity === 'WARN' ? `${print} WARN` : print))
      .sort(),
    ...(counts && { counts: { FAIL: counts.FAIL, WARN: counts.WARN } }),
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * Parses the text of a baseline's file.
 * @param file its name, for errors
 * @throws {DoiError} `bad_request`, with the line that is wrong
 */
export function parseBaseline(text: string, file: string): Baseline {
  const value = parseJson(text);
  if (value === undefined) throw noBaseline(file, firstBadLine(text), 'is no JSON');
  // The schema passes over this key, which JSON may hold.
  if (hasProto(value.json)) throw noBaseline(file, lineOf(text, '__proto__', undefined), 'is no baseline');
  const parsed = schema.safeParse(value.json);
  if (parsed.success) {
    const { criteria, not_judged: notJudged = [], findings, counts } = parsed.data;
    return { criteria, notJudged, findings: new Map(findings.map(readEntry)), counts };
  }
  const [issue] = parsed.error.issues;
  const wrong = issue === undefined ? [] : wrongKeys(issue);
  const isLater = wrong[0] === 'version' && hasNumber(value.json, 'version');
  const what = isLater ? 'is a baseline of another release' : 'is no baseline';
  throw noBaseline(file, lineOf(text, wrong.at(-1), value.json), what);
}

function readEntry(entry: string): [string, Fault] {
  return [entry.slice(0, 32), entry.endsWith('WARN') ? 'WARN' : 'FAIL'];
}

/** Whether a text is at least meant as a baseline: nothing is lost where another one replaces it. */
export function isLikeBaseline(text: string): boolean {
  const criteria = parseJson(text)?.json as { readonly criteria?: unknown } | null | undefined;
  return (
    hasNumber(criteria, 'version') && typeof criteria?.criteria === 'object' && criteria.criteria !== null
  );
}

function noBaseline(file: string, line: number, what: string): DoiError {
  const found = `${cleanText(file, 400)} ${what}: line ${line} is wrong.`;
  const remedy = 'Correct that line, or delete the file and write it with "doi check --write-baseline FILE".';
  return new DoiError('bad_request', found, remedy);
}

function parseJson(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

type Issue = z.core.$ZodIssue;

/** The keys that lead to what is wrong. */
function wrongKeys(issue: Issue): readonly PropertyKey[] {
  return issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
}

/** In the objects that the schema knows: it refuses any other, and one may be nested too deeply to walk. */
function hasProto(json: unknown): boolean {
  const { criteria, counts } = (json ?? {}) as Readonly<Record<string, unknown>>;
  return [json, criteria, counts].some((value) => value != null && Object.hasOwn(value, '__proto__'));
}

function hasNumber(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, key) === 'number';
}

/** The line of a key, or of an entry of `findings`; the first one for what is in no line. */
function lineOf(text: string, key: PropertyKey | undefined, value: unknown): number {
  const entries = (value as { readonly findings?: readonly unknown[] } | null)?.findings;
  const wanted = typeof key === 'number' ? entries?.[key] : key;
  const quoted = JSON.stringify(wanted);
  const at = quoted === undefined ? -1 : text.indexOf(quoted);
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}

/** The first line after which the text can no longer be continued to JSON; the last one where it ends too early. */
function firstBadLine(text: string): number {
  const lines = text.split('\n');
  let good = 0;
  let bad = lines.length;
  while (good + 1 < bad) {
    const middle = Math.floor((good + bad) / 2);
    if (isBeginning(lines.slice(0, middle).join('\n'))) good = middle;
    else bad = middle;
  }
  return bad;
}

/** Whether a text is JSON or may be the beginning of some: then the parser objects to nothing but its end. */
function isBeginning(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = (error as Error).message;
    const [, position] = /at position (\d+)/.exec(message) ?? [];
    return position === undefined ? /unexpected end/i.test(message) : Number(position) >= text.length;
  }
}
