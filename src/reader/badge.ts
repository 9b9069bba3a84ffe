/** The badge of a repository: its tier as a small picture. */
import { makeBadge } from 'badge-maker';
import type { ReportAnswer } from '../domain/answers.js';
import type { Tier } from '../domain/tier.js';

const LABEL = 'DoI';
const COLOURS: Readonly<Record<Tier, string>> = {
  none: 'red',
  core: 'orange',
  standard: 'yellowgreen',
  full: 'brightgreen',
};
const GREY = '#9f9f9f';

const DAY = 86_400_000;

/**
 * Draws it, as SVG: the tier in its colour; grey, with the age of the verdicts, where they may not hold any more. Nothing
 * of the repository is in it but the tier, so that it is inert whatever the repository is called.
 * @param at when it was compared, in ISO 8601
 */
export function drawBadge(
  { tier, stale, checked_at: checkedAt }: Pick<ReportAnswer, 'tier' | 'stale' | 'checked_at'>,
  at: string,
): string {
  if (checkedAt === null) return makeBadge({ label: LABEL, message: 'not evaluated', color: GREY });
  if (!stale) return makeBadge({ label: LABEL, message: tier, color: COLOURS[tier] });
  // In whole days: it is another badge, with another tag, once a day at most.
  const days = Math.floor((Date.parse(at) - Date.parse(checkedAt)) / DAY);
  return makeBadge({
    label: LABEL,
    message: `${tier}, ${days < 1 ? 'under 1 d' : `${days} d`} old`,
    color: GREY,
  });
}
