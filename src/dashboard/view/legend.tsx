/** What the signs of the matrix mean. */
import { Sign } from './signs.js';

export function Legend() {
  return (
    <ul class="legend" aria-label="Signs">
      <li>
        <Sign status="pass" hidden /> pass
      </li>
      <li>
        <Sign status="warn" hidden /> warn: counts as a pass
      </li>
      <li>
        <Sign status="fail" hidden /> fail
      </li>
      <li>
        <Sign status="skip" hidden /> skip: not judged, because something is missing
      </li>
      <li>
        <span class="stale-mark" aria-hidden="true">
          stale
        </span>{' '}
        may be out of date
      </li>
      <li>
        <span class="broken-mark" aria-hidden="true">
          broken
        </span>{' '}
        the last evaluation failed
      </li>
    </ul>
  );
}
