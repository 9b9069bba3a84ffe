/** A form that takes a token, and says where it is kept. */
import type { ComponentChildren } from 'preact';

interface Props {
  readonly id: string;
  /** What is done with it, as the button says it. */
  readonly action: string;
  readonly onToken: (token: string) => void;
  /** What stands before the field. */
  readonly children?: ComponentChildren;
  /** What stands beside the button. */
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
      {/* A header can hold no other characters. */}
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
