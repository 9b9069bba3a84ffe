/** Names a new workplan: the next free number after those that are there, and a slug of its title. */
import { idOfName, isWorkplanPath, type LeadingId, leadingId } from '../checker/built-in/workplan-name.js';
import { PLACEHOLDER_MARK } from '../criteria/parse/placeholders.js';
import { DoiError } from '../domain/errors.js';
import { cleanText } from '../domain/text.js';
import { makeSlug } from '../registry/slug.js';

const MAX_TITLE = 120;
const MAX_SLUG = 50;
const DIGITS = 4;
const MAX_DIGITS = 40;
/** The slug of a title without a Latin letter or digit. */
const NO_SLUG = 'workplan';

export interface WorkplanName {
  readonly id: string;
  /** Relative to the checkout. */
  readonly path: string;
}

/** The title, trimmed. @throws {DoiError} `bad_request` for one that no workplan can have */
export function requireTitle(text: string): string {
  const title = text.trim();
  const isPlain = cleanText(title, MAX_TITLE) === title && !/[\n\t\u2028\u2029]/.test(title);
  if (title !== '' && isPlain && !title.includes(PLACEHOLDER_MARK)) return title;
  const found = 'The title of a workplan must be one line of text.';
  const remedy = `Give 1 to ${MAX_TITLE} characters without control characters and without ${PLACEHOLDER_MARK}`;
  throw new DoiError('bad_request', found, remedy);
}

/** A workplan that is there. */
export interface TakenName {
  /** Relative to the checkout. */
  readonly path: string;
  /** The id of its front matter, which may differ from that of its name. */
  readonly id?: string | undefined;
}

/**
 * The name of the next workplan.
 * @param taken all workplans that are there
 * @param slug of the repository; it gives the prefix where no workplan does
 */
export function nameWorkplan(title: string, taken: readonly TakenName[], slug: string): WorkplanName {
  const named = idsOf(taken.map(({ path }) => (isWorkplanPath(path) ? idOfName(path) : undefined)));
  const stated = idsOf(taken.map(({ id }) => id));
  const prefix = commonestPrefix(named) ?? commonestPrefix(stated) ?? prefixOf(slug);
  // By prefix without case, since on some file systems `a-WP-0001` and `A-WP-0001` are one name.
  const same = [...named, ...stated].filter((id) => id.prefix.toLowerCase() === prefix.toLowerCase());
  const last = same.map(numberOf).reduce((one, other) => (other > one ? other : one), 0n);
  const id = `${prefix}-WP-${String(last + 1n).padStart(DIGITS, '0')}`;
  return { id, path: `workplans/${id}-${slugOf(title)}.md` };
}

/** Whether the name of a workplan has the slug of this title. */
export function isNamedAs(path: string, title: string): boolean {
  const slug = slugOf(title);
  // A slug that was cut, or stands for a title without Latin letters, says too little of the title.
  if (slug === NO_SLUG || slug.length >= MAX_SLUG - 1) return false;
  const id = idOfName(path);
  return id !== undefined && path.endsWith(`${id}-${slug}.md`);
}

/** The number of an id, as a whole: it may be too large for a number. One that no file name has room for counts as none. */
function numberOf({ id }: LeadingId): bigint {
  const digits = /\d+$/.exec(id)?.[0] ?? '';
  return digits.length > MAX_DIGITS ? 0n : BigInt(digits);
}

/** The ids without those of small jobs, whose number is their date. */
function idsOf(texts: readonly (string | undefined)[]): LeadingId[] {
  return texts.flatMap((text) => {
    const id = leadingId(text ?? '');
    return id === undefined || /^ADHOC-\d/.test(id.id) ? [] : [id];
  });
}

function commonestPrefix(ids: readonly LeadingId[]): string | undefined {
  return commonest(ids.map(({ prefix }) => prefix));
}

/** The most frequent text, the first of several that are equally frequent; undefined for none. */
function commonest(texts: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}

/** A prefix such as `ACME-WIDGET`: each of its words must begin with a letter. */
function prefixOf(slug: string): string {
  const words = slug
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .map((word) => word.replace(/^[0-9]+/, ''))
    .filter((word) => word !== '');
  return words.join('-') || 'REPOSITORY';
}

function slugOf(title: string): string {
  if (!/[a-z0-9]/i.test(title.normalize('NFKD'))) return NO_SLUG;
  return makeSlug(title)
    .replace(/\./g, '-')
    .slice(0, MAX_SLUG)
    .replace(/[-_]+$/, '');
}
