/** The button that downloads the shown repositories as CSV, with the token if there is one. */
import { useState } from 'preact/hooks';
import type { SummaryEntry } from '../../api/summary.js';
import { csvOf, type View } from '../state/address.js';
import type { ApiClient } from '../state/api-client.js';
import { shows } from '../state/select.js';

interface Props {
  readonly api: ApiClient;
  readonly entries: readonly SummaryEntry[];
  readonly view: View;
  /** How many repositories the page shows. */
  readonly shown: number;
  readonly now: number;
}

export function CsvButton({ api, entries, view, shown, now }: Props) {
  const [problem, setProblem] = useState('');
  const csv = csvOf(view);
  const count = entries.filter((entry) => shows(csv.view, entry)).length;
  const download = async () => {
    setProblem('');
    // A link would carry no token.
    const result = await api.getFile(csv.path, 'text/csv');
    if (result.kind === 'answered') return save(result.answer, now);
    if (result.kind === 'dropped') return;
    setProblem(
      `The download failed: ${result.kind === 'unreachable' ? 'the service does not answer.' : whyOf(result)}`,
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
        {problem}
      </span>
    </p>
  );
}

const whyOf = (result: { readonly kind: string; readonly why?: string }) =>
  result.why ?? 'the service refused the token.';

function save(file: Blob, now: number): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = `doi-summary-${new Date(now).toISOString().slice(0, 10)}.csv`;
  link.click();
  // The browser reads the file after this returns.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
