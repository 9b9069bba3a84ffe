/** Whether a report is fresh or stale, and why; and its remote, branch, commit, last contact and last push. */
import type { ReportAnswer } from '../../api/report.js';
import type { StaleReason } from '../../domain/freshness.js';
import { groupReasons } from '../../domain/stale-groups.js';
import { commitLink, remoteLink } from '../state/links.js';
import { sayPulled } from '../state/say-remote.js';
import { Fact, OutLink, TimeAgo } from './text.js';

interface Props {
  readonly report: ReportAnswer;
  /** For which time the report claims to be fresh or stale. */
  readonly verifiedAt: string | null;
  readonly now: number;
}

export function Standing({ report, verifiedAt, now }: Props) {
  const { stale, verified, checked_at: evaluated, checkout } = report;
  const remote = remoteLink(report);
  return (
    <div class="standing">
      {evaluated !== null && (
        <p class={stale ? 'is-stale' : 'is-fresh'}>
          <b>{stale ? 'Stale' : 'Fresh'}</b>
          {verifiedAt !== null && (
            <>
              , checked <TimeAgo time={verifiedAt} now={now} />
            </>
          )}
          : {COMPARED[verified]}
        </p>
      )}
      <dl class="where">
        {remote !== undefined && (
          <Fact name="remote">
            <OutLink {...remote} />
          </Fact>
        )}
        {checkout !== null && (
          <Fact name={KINDS[checkout.kind ?? 'working']}>
            <CheckedOut report={report} checkout={checkout} now={now} /> on <bdi>{checkout.host}</bdi>
          </Fact>
        )}
        {checkout?.kind === 'mirror' && (
          <Fact name="remote reached">
            {checkout.contacted_at === null ? 'not yet' : <TimeAgo time={checkout.contacted_at} now={now} />}
          </Fact>
        )}
        {checkout !== null && checkout.pushed_at !== null && (
          <Fact name="pushed">
            <TimeAgo time={checkout.pushed_at} now={now} />
            {checkout.pushed_branch !== null && (
              <>
                {' '}
                to <bdi>{checkout.pushed_branch}</bdi>
              </>
            )}
            , {sayPulled(report, checkout)}
          </Fact>
        )}
      </dl>
    </div>
  );
}

function CheckedOut({
  report,
  checkout: { branch, head, head_at: headAt },
  now,
}: {
  report: ReportAnswer;
  checkout: NonNullable<ReportAnswer['checkout']>;
  now: number;
}) {
  if (head === null) return <>branch and commit unknown,</>;
  const href = commitLink(report);
  const commit = head.slice(0, 12);
  return (
    <>
      <bdi>{branch ?? 'no branch'}</bdi> at{' '}
      <code title={head}>{href === undefined ? commit : <OutLink text={commit} href={href} />}</code>
      {headAt !== null && (
        <>
          {' '}
          of <TimeAgo time={headAt} now={now} />
        </>
      )}
    </>
  );
}

const COMPARED = {
  probed: 'all inputs were compared',
  observed: 'the checkout was compared as its home host last read it',
  cached: 'compared, on a file system that may show old attributes',
  remote: 'compared at the commit that its remote had at the last contact',
  registry: 'only the registry was compared, not the checkout',
} as const;
const KINDS = { working: 'checkout', bare: 'bare repository', mirror: 'mirror' } as const;

/** Why a report is stale: a reason that several inputs share stands once; the versions are behind a fold. */
export function StaleReasons({ reasons }: { reasons: readonly StaleReason[] }) {
  if (reasons.length === 0) return null;
  const compared = reasons.filter(({ was, now }) => was !== null || now !== null);
  return (
    <section class="stale">
      <h3>Stale, because</h3>
      <ul>
        {groupReasons(reasons).map(({ text }) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      {compared.length > 0 && (
        <details>
          <summary>Versions</summary>
          {compared.map(({ input, was, now }) => (
            <dl key={input} class="versions">
              <div>
                <dt>input</dt>
                <dd>{input}</dd>
              </div>
              <div>
                <dt>was</dt>
                <dd>
                  <code>{was ?? 'nothing'}</code>
                </dd>
              </div>
              <div>
                <dt>now</dt>
                <dd>
                  <code>{now ?? 'not known'}</code>
                </dd>
              </div>
            </dl>
          ))}
        </details>
      )}
    </section>
  );
}
