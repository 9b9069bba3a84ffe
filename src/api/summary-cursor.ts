/** The cursors of pages of repositories, worst first: of the summary, and of the tools for agents. */
import { z } from 'zod';
import { TIERS } from '../domain/tier.js';
import type { Ranked } from '../domain/worst-first.js';

const place = z.tuple([z.boolean(), z.enum(TIERS), z.string()]);

/** A cursor for the entries after a place. Clients must not read it, and it shows no name to a model. */
export function toCursor({ repo_slug: slug, tier, checked_at: checkedAt }: Ranked): string {
  return Buffer.from(JSON.stringify([checkedAt !== null, tier, slug])).toString('base64url');
}

/** The place that a cursor names; undefined where a text is none of our cursors. */
export function parseCursor(text: string): Ranked | undefined {
  try {
    const [isEvaluated, tier, slug] = place.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { repo_slug: slug, tier, checked_at: isEvaluated ? '' : null };
  } catch {
    return undefined;
  }
}
