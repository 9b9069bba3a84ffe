/** Compares the check of a checkout with a server's report of it, and says for each difference which input explains it. Pure. */
import type { ServerReport, ServerStaleReason } from '../api/server-report.js';
import { inputsOf } from '../criteria/inputs-of.js';
import { CHECKOUT_KEYS, REGISTRY_KEYS, type VersionedKey } from '../domain/input.js';
import { KEPT_BY_CACHE, KEPT_REMEDY, noVerdict, type UnknownReason } from '../domain/unknown-reason.js';
import { CRITERION_IDS, type CriterionId, type Status, type Verdict } from '../domain/verdict.js';
import { remoteKey } from '../registry/normalize-remote.js';
import { REGISTRY_OPTIONS } from './registry-options.js';

/** A criterion whose status is another one there. */
export interface ServerDifference {
  readonly id: CriterionId;
  readonly label: string;
  readonly here: Status;
  /** Null where the server has no verdict. */
  readonly there: Status | null;
  readonly here_detail: string;
  readonly there_detail: string | null;
  /** What explains it, each a sentence. */
  readonly why: readonly string[];
}

/** A criterion that was not judged here, with what the server says of it. */
export interface OnlyThere {
  readonly id: CriterionId;
  readonly label: string;
  readonly there: Status | null;
  readonly there_detail: string | null;
  /** The option that gives what the registry says. */
  readonly option: string | null;
}

export interface ServerComparison {
  /** `unknown`: the server's verdict is stale or there is none, so a difference proves nothing. */
  readonly outcome: 'same' | 'different' | 'unknown';
  readonly differences: readonly ServerDifference[];
  readonly not_judged: readonly OnlyThere[];
  /** Why the server's verdict is not known. */
  readonly reasons: readonly UnknownReason[];
  /** The commit of this checkout; null where it is not known. */
  readonly head: string | null;
  /** What the server says of its own; null where it has no report. */
  readonly there:
    | (Pick<ServerReport, 'tier' | 'checked_at' | 'stale'> & { readonly head: string | null })
    | null;
}

/** A comparison, with the server and what the caller allows, as `--json` prints it. */
export interface AgainstAnswer extends ServerComparison {
  readonly server: string;
  readonly repo_slug: string;
  readonly allow_unknown: boolean;
}

interface Judged {
  readonly criteria: readonly Verdict[];
  readonly not_judged: readonly CriterionId[];
}

/** What is known of this checkout beside its verdicts. */
export interface Here {
  /** The commit. */
  readonly head: string | null;
  /** The remote, where it decides whether both are one repository; null where the caller named the slug. */
  readonly remote: string | null;
}

/** Compares. */
export function compareWithServer(
  answer: Judged,
  report: ServerReport,
  { head, remote }: Here,
): ServerComparison {
  const there = new Map(report.criteria.map((verdict) => [verdict.id, verdict]));
  const judged = answer.criteria.filter(({ id }) => !answer.not_judged.includes(id));
  const reasons = unknownReasons(report, { judged, remote });
  const differences = judged.flatMap(({ id, label, status, detail }): ServerDifference[] => {
    const other = there.get(id);
    if (other?.status === status) return [];
    const why = explain(id, report, head);
    return [
      {
        ...{ id, label, here: status, there: other?.status ?? null },
        ...{ here_detail: detail, there_detail: other?.detail ?? null, why },
      },
    ];
  });
  const outcome = reasons.length > 0 ? 'unknown' : differences.length > 0 ? 'different' : 'same';
  const { tier, checked_at, stale, checkout } = report;
  return {
    ...{ outcome, differences: report.criteria.length === 0 ? [] : differences },
    not_judged: CRITERION_IDS.filter((id) => answer.not_judged.includes(id)).map((id) => {
      const other = there.get(id);
      const label = answer.criteria.find((verdict) => verdict.id === id)?.label ?? id;
      const option = REGISTRY_OPTIONS[id]?.option ?? null;
      return { id, label, there: other?.status ?? null, there_detail: other?.detail ?? null, option };
    }),
    ...{ reasons, head, there: { tier, checked_at, stale, head: checkout?.head ?? null } },
  };
}

/** The comparison where the server has no report. */
export function withoutReport(reason: UnknownReason, head: string | null): ServerComparison {
  return { outcome: 'unknown', differences: [], not_judged: [], reasons: [reason], head, there: null };
}

function unknownReasons(
  report: ServerReport,
  { judged, remote }: { readonly judged: readonly Verdict[]; readonly remote: string | null },
): UnknownReason[] {
  const { repo_slug: slug, stale, stale_reasons: given, criteria, checked_at: at } = report;
  const remedy = `Run "doi refresh ${slug}", or wait until a worker has judged it, and compare again.`;
  if (at === null || criteria.length === 0)
    return [{ code: 'never_evaluated', text: `The server has never evaluated ${slug}.`, remedy }];
  const missing = judged.filter(({ id }) => !criteria.some((verdict) => verdict.id === id));
  const isStale = stale && given.length === 0;
  return [
    ...otherRepository(report, remote),
    ...given.map(({ code, text }) => ({ code, text, remedy: code === KEPT_BY_CACHE ? KEPT_REMEDY : remedy })),
    ...(isStale ? [{ code: 'stale', text: `The verdict of ${at} is stale.`, remedy }] : []),
    ...missing.map(({ id }) => noVerdict(id)),
  ];
}

/** A folder's name is a weak sign: without a slug that the caller named, remotes that differ are of two repositories. */
function otherRepository({ repo_slug: slug, web_url: page }: ServerReport, remote: string | null) {
  const [here, there] = [remoteKey(remote), remoteKey(page ?? null)];
  if (here === undefined || there === undefined || here === there) return [];
  const text = `The server's ${slug} is another repository: its remote is ${there}, that of this checkout ${here}.`;
  return [{ code: 'other_repository', text, remedy: 'Give --slug SLUG, as the server has it.' }];
}

/** Names the inputs of a criterion that may explain a difference; where none is known to differ, what else can. */
function explain(id: CriterionId, report: ServerReport, head: string | null): string[] {
  const inputs = inputsOf(id);
  const changed = report.stale_reasons.filter((reason) => concerns(reason, inputs));
  const fromCheckout = inputs.filter((key) => (CHECKOUT_KEYS as readonly string[]).includes(key));
  const fromRegistry = inputs.filter((key) => (REGISTRY_KEYS as readonly string[]).includes(key));
  const files = fromCheckout.filter((key) => key !== 'checkout').join(', ');
  return [
    ...changed.map(describeChange),
    ...(files === '' ? [] : explainFiles(files, { report, head, isStale: changed.some(isOfCheckout) })),
    ...(inputs.includes('checker')
      ? ['The server may have a checker of its own (DOI_CONSISTENCY_COMMAND).']
      : []),
    ...(fromRegistry.length === 0 ? [] : [explainRegistry(id, fromRegistry)]),
  ];
}

/** The versions beside a text that does not hold them. */
function describeChange({ text, was, now }: ServerStaleReason): string {
  const versions = was === null || now === null ? '' : ` (was ${was}, now ${now})`;
  return `Since the server judged: ${text}${versions}`;
}

function isOfCheckout({ input }: ServerStaleReason): boolean {
  return (CHECKOUT_KEYS as readonly string[]).includes(input);
}

/** One sentence at most. Of one commit, only a server that is fresh shows that an edit explains it. */
function explainFiles(
  files: string,
  of: { readonly report: ServerReport; readonly head: string | null; readonly isStale: boolean },
): string[] {
  const there = of.report.checkout?.head ?? null;
  const here = of.head;
  if (there === null || here === null)
    return [
      `It reads ${files}; the commit of ${here === null ? 'this checkout' : "the server's checkout"} is not known.`,
    ];
  const short = (commit: string) => commit.slice(0, 12);
  if (there !== here)
    return [`It reads ${files}; the server's checkout is at ${short(there)}, this one at ${short(here)}.`];
  if (of.isStale) return [];
  return [
    `It reads ${files}; both checkouts are at ${short(here)}, so one of them has an edit that is not committed.`,
  ];
}

function explainRegistry(id: CriterionId, keys: readonly string[]): string {
  const option = REGISTRY_OPTIONS[id]?.option;
  const here = id === 'C4' ? "the checkout's own remote, or --remote" : (option ?? 'this checkout');
  return `The server judges by its registry (${keys.join(', ')}), this check by ${here}.`;
}

function concerns({ input }: ServerStaleReason, inputs: readonly VersionedKey[]): boolean {
  return input === 'criteria' || (inputs as readonly string[]).includes(input);
}
