/** Shows the stored report of one repository. */
import type { CheckoutAnswer, FailureAnswer, RefreshAnswer, ReportAnswer } from '../api/report.js';
import type { CollapsedAnswer } from '../api/terms.js';
import { groupReasons, type StaleGroup } from '../domain/stale-groups.js';
import { formatCriteria } from './format-criteria.js';
import { describeHostProblem } from './format-hosts.js';
import { type Paint, showAge, showText, type View } from './terminal.js';

/** Tier and age, whether the report is fresh and why not, the evaluation under way, the criteria, and what is next. */
export function formatReport(report: ReportAnswer, { paint, now }: View): string {
  const lines = [
    `${paint('bold', showText(report.repo_slug))}  tier: ${paint('bold', report.tier)}`,
    `Judged: ${describeJudged(report, { paint, now })}`,
    ...reasonsToShow(report).map(({ text }) => `  ${paint('yellow', showText(text))}`),
    ...(report.checkout === null ? [] : describeCheckout(report.checkout, now)),
    ...(report.refresh === null ? [] : describeRefresh(report.refresh, now)),
    ...(report.failure === null ? [] : describeFailure(report.failure, paint)),
    ...(report.host_trouble === null ? [] : describeHostProblem(report.host_trouble, paint)),
    '',
    ...formatCriteria(report.criteria, paint),
    ...(report.criteria.length === 0 ? [] : ['']),
    ...describeNext(report, paint),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function describeJudged(report: ReportAnswer, { paint, now }: View): string {
  if (report.criteria.length === 0) return paint('yellow', 'not yet');
  return `${describeTime(report.checked_at, now)}, ${describeFreshness(report, paint)}`;
}

/** What makes the report stale, each reason once; without `never_evaluated`, which is shown as "not yet". */
export function reasonsToShow({ stale_reasons: reasons }: ReportAnswer): StaleGroup[] {
  return groupReasons(reasons.filter(({ code }) => code !== 'never_evaluated'));
}

function describeTime(at: string | null, now: Date): string {
  const age = showAge(at, now);
  return at === null ? 'never' : `${showText(at)} (${age === 'now' ? age : `${age} ago`})`;
}

/** Whether the report is fresh, and how that is known. */
export function describeFreshness({ stale, verified, criteria }: ReportAnswer, paint: Paint): string {
  if (criteria.length === 0) return paint('yellow', 'not judged yet');
  const how = {
    probed: 'all inputs compared just now',
    observed: 'the checkout as its host last observed it',
    cached: 'its file system may show old attributes',
    remote: 'at the commit that its remote had at the last contact',
    registry: 'the checkout was not probed',
  }[verified];
  return `${stale ? paint('yellow', 'stale') : paint('green', 'fresh')} (${how})`;
}

const KINDS = { working: 'Checkout', bare: 'Bare repository', mirror: 'Mirror' } as const;

/** What the home host has, and whether a push is missing in it; of a mirror also when its remote was last reached. */
export function describeCheckout(checkout: CheckoutAnswer, now: Date): string[] {
  const { host, branch, head, head_at: headAt, kind, pushed_at: pushedAt, behind } = checkout;
  const remote = kind === 'mirror' ? [`Remote: ${describeContact(checkout, now)}`] : [];
  if (head === null) return remote;
  const of = headAt === null ? '' : ` of ${describeTime(headAt, now)}`;
  const pushed = behind === true ? `; pushed ${describeTime(pushedAt, now)}, not pulled here` : '';
  const commit = `${showText(branch ?? 'no branch')} at ${showText(head).slice(0, 12)}${of}`;
  return [`${KINDS[kind ?? 'working']}: ${commit} on ${showText(host)}${pushed}`, ...remote];
}

function describeContact({ contacted_at: at, contact_head: head }: CheckoutAnswer, now: Date): string {
  if (at === null) return 'not reached yet';
  const commit = head === null ? '' : `, then at ${showText(head).slice(0, 12)}`;
  return `last reached ${describeTime(at, now)}${commit}`;
}

/** The request that has not been completed. */
export function describeRefresh(refresh: RefreshAnswer, now: Date): string[] {
  const { state, reason, collapsed, until, requested_at: at } = refresh;
  const when = until === null ? `requested ${describeTime(at, now)}` : `until ${showText(until)}`;
  return [`Evaluation: ${state}, ${when}: ${showText(reason)}`, ...describeCollapsed(collapsed)];
}

/** The other requests that the same evaluation completes. */
export function describeCollapsed(collapsed: readonly CollapsedAnswer[]): string[] {
  if (collapsed.length === 0) return [];
  const requests = collapsed.map(({ reason, count }) => `${count} × ${showText(reason)}`);
  return [`Collapsed into it: ${requests.join(', ')}`];
}

/** Why the last attempts gave no verdict, could not update the checkout to a push, or not reach the remote. */
export function describeFailure(failure: FailureAnswer, paint: Paint): string[] {
  const { code, message, remedy, attempts, since } = failure;
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  const what = describeBroken(code);
  return [
    paint('red', `${what} (${times} since ${showText(since)}, ${showText(code)}): ${showText(message)}`),
    `  → ${showText(remedy)}`,
  ];
}

function describeBroken(code: string): string {
  if (code === 'update_failed') return 'Broken: could not be updated';
  // Recorded beside the verdicts, as a rule, which stay; or the problem of a server, which is none of the repository.
  return code.startsWith('remote_') ? 'Remote not reached' : 'Broken: could not be judged';
}

function describeNext(report: ReportAnswer, paint: Paint): string[] {
  const { next_tier: next, criteria, repo_slug: slug } = report;
  // The lines above say why it could not be judged, and what to do.
  if (criteria.length === 0 && (report.failure !== null || report.host_trouble !== null)) return [];
  if (criteria.length === 0)
    return [
      'Unless it is archived, the worker of its host judges it in its next pass, within DOI_WATCH_SECONDS (30 s unless set).',
      `"doi refresh ${showText(slug)}" judges it now; "doi doctor" says whether a worker runs.`,
    ];
  if (next === null) return [paint('green', 'There is no tier above this one.')];
  const names = next.missing.map(({ id, label }) => `${id} ${showText(label)}`).join(', ');
  return [`Missing for ${next.tier}: ${names}`];
}
