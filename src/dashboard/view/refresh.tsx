/** The button that has a repository evaluated again, and the progress: queued, running, done. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ReportAnswer } from '../../api/report.js';
import type { Store } from '../state/store.js';
import { TimeAgo } from './text.js';
import { TokenDialog } from './token-form.js';

interface Props {
  readonly report: ReportAnswer;
  readonly store: Store;
  readonly now: number;
  readonly onRead: () => Promise<ReportAnswer | undefined>;
}

type Step = { readonly kind: 'idle' | 'sending' | 'following' | 'done' | 'token' } | Failed;
interface Failed {
  readonly kind: 'failed';
  readonly why: string;
}

/** The pause between two reads of the report while an evaluation runs. */
const PAUSE_MS = 500;

export function Refresh({ report, store, now, onRead }: Props) {
  const [step, setStep] = useState<Step>({ kind: 'idle' });
  const alive = useAlive();
  const follow = async () => {
    setStep({ kind: 'following' });
    for (;;) {
      const read = await onRead();
      if (!alive.current) return;
      if (read !== undefined && (read.refresh === null || read.refresh.state === 'waiting')) break;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    setStep({ kind: 'done' });
    void store.poll();
  };
  const refresh = async () => {
    if (store.api.tokens.get('write') === undefined) return setStep({ kind: 'token' });
    setStep({ kind: 'sending' });
    const result = await store.api.refresh(report.repo_slug);
    if (result.kind === 'answered') return follow();
    setStep({ kind: 'failed', why: whyNot(result) });
  };
  const isBusy = step.kind === 'sending' || step.kind === 'following';
  return (
    <div class="refresh">
      {store.api.mayRefresh ? (
        <button type="button" class="primary" disabled={isBusy} onClick={refresh}>
          Evaluate again
        </button>
      ) : (
        <p>
          To evaluate it again, run <code>doi refresh {report.repo_slug}</code>. For a button here, set{' '}
          <code>DOI_TOKEN</code> for the web process.
        </p>
      )}
      <p role="status" class={step.kind}>
        {sayStep(step, report)}
        {step.kind === 'idle' && report.refresh !== null && (
          <>
            , requested <TimeAgo time={report.refresh.requested_at} now={now} />: {report.refresh.reason}
          </>
        )}
      </p>
      {step.kind === 'token' && (
        <TokenDialog
          onClose={() => setStep({ kind: 'idle' })}
          onToken={(token) => {
            store.useToken('write', token);
            void refresh();
          }}
        />
      )}
    </div>
  );
}

/** Whether the component is still on the page. */
function useAlive() {
  const alive = useRef(true);
  useEffect(
    () => () => {
      alive.current = false;
    },
    [],
  );
  return alive;
}

function whyNot(result: { readonly kind: string; readonly why?: string }): string {
  if (result.kind === 'unauthorized') return 'The service refused this token.';
  return result.why ?? 'The service does not answer.';
}

function sayStep(step: Step, { refresh }: ReportAnswer): string {
  if (step.kind === 'failed') return step.why;
  if (step.kind === 'done') {
    return refresh === null ? 'Done.' : 'The evaluation failed. The worker will retry it.';
  }
  if (step.kind === 'sending') return 'Sending the request…';
  if (refresh !== null) return STATES[refresh.state];
  return step.kind === 'following' ? 'Running' : '';
}

const STATES = { queued: 'Queued', running: 'Running', waiting: 'Waiting for the next attempt' } as const;
