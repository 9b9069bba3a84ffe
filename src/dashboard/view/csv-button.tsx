/** Downloads the CSV of the repositories that are shown, with the token if there is one. */
import { useState } from 'preact/hooks';
import type { SummaryEntry } from '../../api/summary.js';
import type { View } from '../state/address.js';
import type { Asker } from '../state/ask.js';
import { csvOf } from '../state/csv.js';
import { shows } from '../state/select.js';

interface Props {
  readonly asker: Asker;
  readonly entries: readonly SummaryEntry[];
  readonly view: View;
  /** How many repositories the page shows. */
  readonly shown: number;
  readonly now: number;
}

export function CsvButton({ asker, entries, view, shown, now }: Props) {
  const [said, setSaid] = useState('');
  const csv = csvOf(view);
  const count = entries.filter((entry) => shows(csv.view, entry)).length;
  const download = async () => {
    setSaid('');
    // A link would carry no token.
    const got = await asker.getFile(csv.path, 'text/csv');
    if (got.kind === 'answered') return save(got.answer, now);
    if (got.kind === 'dropped') return;
    setSaid(
      `The download failed: ${got.kind === 'unreachable' ? 'the service does not answer.' : whyOf(got)}`,
    );
  };
  return (
    <p class="csv">
      <button type="button" onClick={download}>
        {count === shown ? 'Download as CSV' : `Download ${count} as CSV`}
      </button>
      {count !== shown && (
        <span class="quiet">The file is filtered by domain, tier, stale and broken only.</span>
      )}
      <span role="status" class="wrong">
        {said}
      </span>
    </p>
  );
}

const whyOf = (got: { readonly kind: string; readonly why?: string }) =>
  got.why ?? 'the service refused the token.';

function save(file: Blob, now: number): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `doi-summary-${new Date(now).toISOString().slice(0, 10)}.csv`;
  link.click();
  // The browser reads the file after this returns.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
