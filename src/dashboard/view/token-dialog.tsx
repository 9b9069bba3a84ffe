/** Asks once for the token that asking for an evaluation needs. */
import { useEffect, useRef } from 'preact/hooks';
import { TokenForm } from './token-form.js';

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
        <h2 id="token-title">A token is needed to ask</h2>
        <p>
          It is the value of <code>DOI_TOKEN</code>. It stays in this page's memory and is gone when you close
          it.
        </p>
      </TokenForm>
    </dialog>
  );
}
