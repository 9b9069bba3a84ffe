/** Where the service has the CSV of what a view shows, or of the nearest that it knows. */
import { EVERYTHING, type View } from './address.js';

export interface Csv {
  readonly path: string;
  /** The part of the view that the service can select; the file holds what this shows. */
  readonly view: View;
}

/** The service selects by domain, tier, staleness and failure, and neither by name nor by criterion. */
export function csvOf({ domain, tier, stale, broken }: View): Csv {
  // The page has the empty text for repositories without a domain; the service has no word for them.
  const view: View = { ...EVERYTHING, domain: domain === '' ? undefined : domain, tier, stale, broken };
  const query = new URLSearchParams();
  if (view.domain !== undefined) query.set('domain', view.domain);
  if (tier !== undefined) query.set('tier', tier);
  if (stale) query.set('stale', 'true');
  if (broken) query.set('broken', 'true');
  const text = query.toString();
  return { path: `./repos/doi/summary${text === '' ? '' : `?${text}`}`, view };
}
