/** Says beside a repository's name that its verdicts are not the last word. */
import type { SummaryEntry } from '../../api/summary.js';

export function Marks({ entry: { broken, stale, checked_at: checked } }: { entry: SummaryEntry }) {
  return (
    <>
      {broken && <span class="broken-mark">broken</span>}
      {stale && checked !== null && <span class="stale-mark">stale</span>}
    </>
  );
}
