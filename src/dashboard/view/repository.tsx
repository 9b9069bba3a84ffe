/** The panel of one repository: its verdicts with what to do, why it is stale, its last evaluation, and its history. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { HistoryAnswer } from '../../api/history.js';
import type { ReportAnswer } from '../../api/report.js';
import type { ApiResult } from '../state/api-client.js';
import { sayFailed } from '../state/say-remote.js';
import type { Page, Store } from '../state/store.js';
import { Badge } from './badge.js';
import { Criteria } from './criteria.js';
import { History, LastEvaluation } from './history.js';
import { Refresh } from './refresh.js';
import { TierBadge } from './signs.js';
import { StaleReasons, Standing } from './standing.js';
import { CriterionLink, TimeAgo, WithCode } from './text.js';

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
  const { tier, next_tier: next, failure, host_trouble: problem, checked_at: evaluated } = report;
  return (
    <>
      <p class="headline">
        <TierBadge tier={tier} />
        {evaluated === null ? (
          <span>never evaluated</span>
        ) : (
          <span>
            evaluated <TimeAgo time={evaluated} now={page.now} />
          </span>
        )}
      </p>
      <Standing report={report} verifiedAt={verifiedAt} now={page.now} />
      <Refresh report={report} store={store} now={page.now} onRead={onRead} />
      {failure !== null && (
        <div class="bad">
          <p>
            <b>{sayFailed(failure.code)}</b>
            {failure.attempts > 1 && `, ${failure.attempts} times`}. First failure:{' '}
            <TimeAgo time={failure.since} now={page.now} />. {failure.message}
          </p>
          <p>{failure.remedy}</p>
        </div>
      )}
      {problem !== null && (
        <div class="bad">
          <p>
            <b>{problem.host} has a problem:</b> {problem.message}
          </p>
          <p>{problem.remedy}</p>
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
      <Badge slug={report.repo_slug} />
    </>
  );
}

/** Moves the focus into the panel when it opens, and back when it closes. */
function useFocus(onClose: () => void) {
  const panel = useRef<HTMLElement>(null);
  // Before the browser draws: what the panel covers loses the focus then.
  useLayoutEffect(() => {
    const former = document.activeElement;
    panel.current?.querySelector<HTMLElement>('h2')?.focus();
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) onClose();
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
      // A focus that has left the panel already, such as for another repository, stays where it is.
      const focus = document.activeElement;
      if (focus !== null && focus !== document.body && panel.current?.contains(focus) === false) return;
      // The former element's row may have been scrolled away, and is not drawn then.
      const isThere = former instanceof HTMLElement && former.isConnected && former !== document.body;
      // After this drawing: until then, what the panel covers cannot take the focus.
      queueMicrotask(() => (isThere ? former : document.getElementById('repositories'))?.focus());
    };
  }, []);
  return panel;
}

/** Reads the report and the history, and again after each poll that was answered. */
function useReport(store: Store, slug: string, confirmedAt: number | undefined) {
  const [report, setReport] = useState<ApiResult<ReportAnswer>>();
  const [history, setHistory] = useState<HistoryAnswer>();
  const turns = useRef({ begun: 0, shown: 0 });
  const read = useCallback(async () => {
    turns.current.begun += 1;
    const turn = turns.current.begun;
    const place = `./repos/${encodeURIComponent(slug)}/doi`;
    const [result, past] = await Promise.all([
      store.api.get<ReportAnswer>(place),
      store.api.get<HistoryAnswer>(`${place}/history?limit=20`),
    ]);
    // An earlier read whose answer comes later is older than what is shown.
    if (turn < turns.current.shown || result.kind === 'dropped') return undefined;
    turns.current.shown = turn;
    // The last good report stays while the service does not answer.
    setReport((before) =>
      before?.kind === 'answered' && result.kind !== 'answered' && result.kind !== 'missing'
        ? before
        : result,
    );
    if (past.kind === 'answered') setHistory(past.answer);
    return result.kind === 'answered' ? result.answer : undefined;
  }, [store, slug]);
  useEffect(() => void read(), [read, confirmedAt]);
  return { report, history, read };
}
