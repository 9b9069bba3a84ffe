/** A time as people say it, with the exact one on hover and for machines. */
import { sayExact, sayRelative } from '../state/show-time.js';

export function TimeAgo({ time, now }: { time: string; now: number }) {
  return (
    <time dateTime={time} title={sayExact(time)}>
      {sayRelative(time, now)}
    </time>
  );
}
