/** Asks once for the token that asking for an evaluation needs. */
import { useEffect, useRef } from 'preact/hooks';

export function TokenDialog({ onToken, onClose }: { onToken: (token: string) => void; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onClose={onClose}>
      <form
        class="token"
        onSubmit={(event) => {
          event.preventDefault();
          const field = event.currentTarget.elements.namedItem('token');
          if (field instanceof HTMLInputElement && field.value !== '') onToken(field.value.trim());
        }}
      >
        <h2 id="token-title">A token is needed to ask</h2>
        <p>
          It is the value of <code>DOI_TOKEN</code>. It stays in this page's memory and is gone when you close
          it.
        </p>
        <label for="ask-token">Token</label>
        <input id="ask-token" name="token" type="password" autoComplete="off" required />
        <p class="buttons">
          <button type="submit" class="primary">
            Judge anew
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </p>
      </form>
    </dialog>
  );
}
