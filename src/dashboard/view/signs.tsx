/** A verdict as a sign: a shape of its own in a colour of its own, with its name for who cannot see it. */
import type { Status } from '../../domain/verdict.js';

const SHAPES: Readonly<Record<Status, string>> = {
  pass: 'M3.5 8.5 6.5 11.5 12.5 4.5',
  warn: 'M8 2.5 14 13H2Z M8 6.5V9.5 M8 11.2V11.4',
  fail: 'M4 4 12 12 M12 4 4 12',
  skip: 'M4 8H12',
};

export function Sign({ status, hidden = false }: { status: Status | undefined; hidden?: boolean }) {
  if (status === undefined) return <span class="vh">not judged</span>;
  return (
    <span class={`sign ${status}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path d={SHAPES[status]} />
      </svg>
      {!hidden && <span class="vh">{status}</span>}
    </span>
  );
}
