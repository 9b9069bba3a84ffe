/** Whether a report holds and as of when, and what it is of: remote, branch, commit, and what was pushed. */
import type { ReportAnswer } from '../../api/report.js';
import { commitLink, remoteLink } from '../state/links.js';
import { Fact } from './fact.js';
import { OutLink } from './links.js';
import { TimeAgo } from './time-ago.js';

interface Props {
  readonly report: ReportAnswer;
  /** For which time the report claims that it is fresh or stale. */
  readonly verifiedAt: string | null;
  readonly now: number;
}

export function Standing({ report, verifiedAt, now }: Props) {
  const { stale, verified, checked_at: checked, checkout } = report;
  const remote = remoteLink(report);
  return (
    <div class="standing">
      {checked !== null && (
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
          <Fact name="checkout">
            <CheckedOut report={report} checkout={checkout} /> on <bdi>{checkout.host}</bdi>
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
            , {PULLED[String(checkout.behind) as keyof typeof PULLED]}
          </Fact>
        )}
      </dl>
    </div>
  );
}

function CheckedOut({
  report,
  checkout: { branch, head },
}: {
  report: ReportAnswer;
  checkout: NonNullable<ReportAnswer['checkout']>;
}) {
  if (head === null) return <>branch and commit are not known here,</>;
  const href = commitLink(report);
  const commit = head.slice(0, 12);
  return (
    <>
      <bdi>{branch ?? 'no branch'}</bdi> at{' '}
      <code title={head}>{href === undefined ? commit : <OutLink text={commit} href={href} />}</code>
    </>
  );
}

const COMPARED = {
  probed: 'all inputs were compared',
  observed: 'the checkout was compared as its host saw it',
  cached: 'compared, on a file system that may show old attributes',
  registry: 'the checkout was not looked at',
} as const;
const PULLED = {
  true: 'not pulled here',
  false: 'and it is here',
  null: 'whether it is here is not known',
} as const;
