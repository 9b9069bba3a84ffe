/** Asks once for the token that asking for an evaluation needs. */
import { useEffect, useRef } from 'preact/hooks';
import { KeptInTab, TokenForm } from './token-form.js';

export function TokenDialog({ onToken, onClose }: { onToken: (token: string) => void; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onClose={onClose}>
      <TokenForm
        id="ask-token"
        action="Judge anew"
        onToken={onToken}
        beside={
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        }
      >
        <h2 id="token-title">Judging anew needs a token</h2>
        <p>
          Enter the value of <code>DOI_TOKEN</code>; whoever runs the service has it. <KeptInTab />
        </p>
      </TokenForm>
    </dialog>
  );
}
