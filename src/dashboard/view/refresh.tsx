/** Has a repository judged anew, and shows how that goes: queued, running, done. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ReportAnswer } from '../../api/report.js';
import type { Store } from '../state/store.js';
import { TimeAgo } from './time-ago.js';
import { TokenDialog } from './token-dialog.js';

interface Props {
  readonly report: ReportAnswer;
  readonly store: Store;
  readonly now: number;
  readonly onRead: () => Promise<ReportAnswer | undefined>;
}

type Step = { readonly kind: 'idle' | 'asking' | 'following' | 'done' | 'token' } | Failed;
interface Failed {
  readonly kind: 'failed';
  readonly why: string;
}

const LOOK_MS = 500;

export function Refresh({ report, store, now, onRead }: Props) {
  const [step, setStep] = useState<Step>({ kind: 'idle' });
  const alive = useRef(true);
  useEffect(
    () => () => {
      alive.current = false;
    },
    [],
  );

  const follow = async () => {
    setStep({ kind: 'following' });
    for (;;) {
      const read = await onRead();
      if (!alive.current) return;
      if (read !== undefined && (read.refresh === null || read.refresh.state === 'waiting')) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    setStep({ kind: 'done' });
    void store.poll();
  };
  const ask = async () => {
    if (store.asker.tokens.get('ask') === undefined) return setStep({ kind: 'token' });
    setStep({ kind: 'asking' });
    const got = await store.asker.refresh(report.repo_slug);
    if (got.kind === 'answered') return follow();
    setStep({ kind: 'failed', why: whyNot(got) });
  };
  const isBusy = step.kind === 'asking' || step.kind === 'following';
  return (
    <div class="refresh">
      {store.asker.mayAsk ? (
        <button type="button" class="primary" disabled={isBusy} onClick={ask}>
          Judge anew
        </button>
      ) : (
        <p>
          To have it judged anew, run <code>doi refresh {report.repo_slug}</code>. For a button here, set{' '}
          <code>DOI_TOKEN</code> for the web process.
        </p>
      )}
      <p role="status" class={step.kind}>
        {say(step, report)}
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
            store.useToken('ask', token);
            void ask();
          }}
        />
      )}
    </div>
  );
}

function whyNot(got: { readonly kind: string; readonly why?: string }): string {
  if (got.kind === 'unauthorized') return 'The service refused this token.';
  return got.why ?? 'The service does not answer.';
}

function say(step: Step, { refresh }: ReportAnswer): string {
  if (step.kind === 'failed') return step.why;
  if (step.kind === 'done') {
    return refresh === null ? 'Done.' : 'The evaluation failed. The worker will retry it.';
  }
  if (step.kind === 'asking') return 'Sending the request…';
  if (refresh !== null) return SAID[refresh.state];
  return step.kind === 'following' ? 'Running' : '';
}

const SAID = { queued: 'Queued', running: 'Running', waiting: 'Waiting for the next try' } as const;
