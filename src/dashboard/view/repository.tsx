/** One repository, beside the others: its verdicts with what to do, why it is stale, how it was judged, and its history. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { HistoryAnswer } from '../../api/history.js';
import type { ReportAnswer } from '../../api/report.js';
import type { Got } from '../state/ask.js';
import type { Page, Store } from '../state/store.js';
import { BadgeText } from './badge-text.js';
import { Criteria } from './criteria.js';
import { History } from './history.js';
import { LastEvaluation } from './last-evaluation.js';
import { CriterionLink } from './links.js';
import { Refresh } from './refresh.js';
import { StaleReasons } from './stale-reasons.js';
import { Standing } from './standing.js';
import { TierBadge } from './tier-badge.js';
import { TimeAgo } from './time-ago.js';
import { WithCode } from './with-code.js';

interface Props {
  readonly slug: string;
  readonly store: Store;
  readonly page: Page;
  readonly onClose: () => void;
}

export function Repository({ slug, store, page, onClose }: Props) {
  const { report, history, read } = useReport(store, slug, page.connection.confirmedAt);
  const panel = useFocus(onClose);
  return (
    <aside class="panel" aria-labelledby="repository-title" ref={panel}>
      <header>
        <h2 id="repository-title" tabIndex={-1}>
          <bdi>{slug}</bdi>
        </h2>
        <button type="button" class="close" onClick={onClose} aria-label="Close">
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M4 4 12 12 M12 4 4 12" />
          </svg>
        </button>
      </header>
      {report === undefined && <p aria-busy="true">Loading…</p>}
      {report?.kind === 'missing' && (
        <p class="bad">
          No repository is registered as <bdi>{slug}</bdi> any more.
        </p>
      )}
      {report !== undefined && report.kind !== 'answered' && report.kind !== 'missing' && (
        <p class="bad">
          Its report could not be read:{' '}
          {report.kind === 'refused' ? report.why : 'the service does not answer.'} This page keeps trying.
        </p>
      )}
      {report?.kind === 'answered' && (
        <Report
          report={report.answer}
          verifiedAt={report.verifiedAt}
          history={history}
          store={store}
          page={page}
          onRead={read}
        />
      )}
    </aside>
  );
}

interface ReportProps {
  readonly report: ReportAnswer;
  readonly verifiedAt: string | null;
  readonly history: HistoryAnswer | undefined;
  readonly store: Store;
  readonly page: Page;
  readonly onRead: () => Promise<ReportAnswer | undefined>;
}

function Report({ report, verifiedAt, history, store, page, onRead }: ReportProps) {
  const { tier, next_tier: next, failure, host_trouble: trouble, checked_at: checked } = report;
  return (
    <>
      <p class="headline">
        <TierBadge tier={tier} />
        {checked === null ? (
          <span>never judged</span>
        ) : (
          <span>
            judged <TimeAgo time={checked} now={page.now} />
          </span>
        )}
      </p>
      <Standing report={report} verifiedAt={verifiedAt} now={page.now} />
      <Refresh report={report} store={store} now={page.now} onRead={onRead} />
      {failure !== null && (
        <div class="bad">
          <p>
            <b>Broken: it could not be judged</b>
            {failure.attempts > 1 && `, ${failure.attempts} times`}. First failure:{' '}
            <TimeAgo time={failure.since} now={page.now} />. {failure.message}
          </p>
          <p>{failure.remedy}</p>
        </div>
      )}
      {trouble !== null && (
        <div class="bad">
          <p>
            <b>{trouble.host} is in trouble:</b> {trouble.message}
          </p>
          <p>{trouble.remedy}</p>
        </div>
      )}
      {next !== null && (
        <section>
          <h3>
            What next: {next.missing.length} {next.missing.length === 1 ? 'criterion' : 'criteria'} to{' '}
            {next.tier}
          </h3>
          <ol class="next">
            {next.missing.map(({ id, label, remedy }) => (
              <li key={id}>
                <b>
                  <CriterionLink id={id} /> {label}
                </b>{' '}
                <WithCode text={remedy ?? ''} />
              </li>
            ))}
          </ol>
        </section>
      )}
      <StaleReasons reasons={report.stale_reasons} />
      <Criteria criteria={report.criteria} report={report} />
      <LastEvaluation evaluation={report.evaluation} />
      <History history={history} now={page.now} />
      <BadgeText slug={report.repo_slug} />
    </>
  );
}

/** The panel takes the focus when it opens; when it closes, the focus goes back to where it came from. */
function useFocus(onClose: () => void) {
  const panel = useRef<HTMLElement>(null);
  // Before anything is drawn: what the panel covers loses the focus then.
  useLayoutEffect(() => {
    const former = document.activeElement;
    panel.current?.querySelector<HTMLElement>('h2')?.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) onClose();
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
      // Who has gone to another repository already stays there.
      const focus = document.activeElement;
      if (focus !== null && focus !== document.body && panel.current?.contains(focus) === false) return;
      // Its row may have been scrolled away, and is not drawn then.
      const back = former instanceof HTMLElement && former.isConnected && former !== document.body;
      // Once all of this is drawn: what the panel covers takes no focus before.
      queueMicrotask(() => (back ? former : document.getElementById('repositories'))?.focus());
    };
  }, []);
  return panel;
}

/** Reads the report and the history, and again with each look at the fleet that was answered. */
function useReport(store: Store, slug: string, look: number | undefined) {
  const [report, setReport] = useState<Got<ReportAnswer>>();
  const [history, setHistory] = useState<HistoryAnswer>();
  const turns = useRef({ begun: 0, shown: 0 });
  const read = useCallback(async () => {
    turns.current.begun += 1;
    const turn = turns.current.begun;
    const place = `./repos/${encodeURIComponent(slug)}/doi`;
    const [got, past] = await Promise.all([
      store.asker.get<ReportAnswer>(place),
      store.asker.get<HistoryAnswer>(`${place}/history?limit=20`),
    ]);
    // One that was asked for earlier and comes later is older than what is shown.
    if (turn < turns.current.shown || got.kind === 'dropped') return undefined;
    turns.current.shown = turn;
    // The last good picture stays while it cannot be read.
    setReport((before) =>
      before?.kind === 'answered' && got.kind !== 'answered' && got.kind !== 'missing' ? before : got,
    );
    if (past.kind === 'answered') setHistory(past.answer);
    return got.kind === 'answered' ? got.answer : undefined;
  }, [store, slug]);
  useEffect(() => void read(), [read, look]);
  return { report, history, read };
}
