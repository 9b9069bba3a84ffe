/** Forms that take a token and say how long the browser keeps it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface Props {
  readonly id: string;
  /** The button's text. */
  readonly action: string;
  readonly onToken: (token: string) => void;
  /** Stands before the field. */
  readonly children?: ComponentChildren;
  /** Stands beside the button. */
  readonly beside?: ComponentChildren;
}

export function KeptInTab() {
  return (
    <>
      This browser tab keeps the token, also over a reload, until you close the tab or press{' '}
      <i>Forget the token</i>.
    </>
  );
}

export function TokenForm({ id, action, onToken, children, beside }: Props) {
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        const field = event.currentTarget.elements.namedItem('token');
        if (field instanceof HTMLInputElement && field.value !== '') onToken(field.value.trim());
      }}
    >
      {children}
      <label for={id}>Token</label>
      {/* An HTTP header can hold no other characters. */}
      <input
        id={id}
        name="token"
        type="password"
        autoComplete="off"
        required
        pattern="\s*[!-~]+\s*"
        title="Letters, digits and signs, without spaces"
      />
      <p class="buttons">
        <button type="submit" class="primary">
          {action}
        </button>
        {beside}
      </p>
    </form>
  );
}

/** The dialog that takes the token for requesting evaluations. */
export function TokenDialog({ onToken, onClose }: { onToken: (token: string) => void; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="token-title" onClose={onClose}>
      <TokenForm
        id="write-token"
        action="Evaluate again"
        onToken={onToken}
        beside={
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        }
      >
        <h2 id="token-title">An evaluation needs a token</h2>
        <p>
          Enter the value of <code>DOI_TOKEN</code>; the operator of the service has it. <KeptInTab />
        </p>
      </TokenForm>
    </dialog>
  );
}
