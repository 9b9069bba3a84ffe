/** The convention for the names of workplan files. */

const FOLDER = 'workplans/';
const ARCHIVE = 'workplans/archived/';

/** `<PREFIX>-WP-<number>`, or `ADHOC-YYYY-MM-DD` for small jobs. The prefix is often the repository's name, in lower case. */
const ID = /^((?:[A-Za-z][A-Za-z0-9]*-)+)WP-(\d+)(?=-|\.|$)/;
const ADHOC = /^ADHOC-(\d{4})-(\d\d)-(\d\d)(?=-|\.|$)/;
const SLUG_AND_END = /^-[A-Za-z0-9][A-Za-z0-9._-]*\.md$/;
const ARCHIVE_DATE = /^(\d\d)(\d\d)(\d\d)-/;

/**
 * Whether a file is read as a workplan: Markdown in `workplans/` or `workplans/archived/`, but no README, and nothing whose
 * name begins with a dot, as the lock files of editors and the companion files of systems do.
 */
export function isWorkplanPath(path: string): boolean {
  const folder = path.startsWith(ARCHIVE) ? ARCHIVE : FOLDER;
  if (!path.startsWith(folder)) return false;
  const name = path.slice(folder.length).toLowerCase();
  return name.endsWith('.md') && name !== 'readme.md' && !name.startsWith('.') && !name.includes('/');
}

/**
 * The id that a workplan's file name states: of `<ID>-<slug>.md` or `ADHOC-YYYY-MM-DD.md`, and in the archive of
 * `YYMMDD-<ID>-<slug>.md` (`ADHOC-…` with or without the date).
 * @returns undefined if the name does not follow the convention
 */
export function idOfName(path: string): string | undefined {
  if (!path.startsWith(ARCHIVE)) return idOfPlainName(path.slice(FOLDER.length));
  const name = path.slice(ARCHIVE.length);
  const date = ARCHIVE_DATE.exec(name);
  if (date === null) return name.startsWith('ADHOC-') ? idOfPlainName(name) : undefined;
  return isDate(Number(date[1]) + 2000, Number(date[2]), Number(date[3]))
    ? idOfPlainName(name.slice(7))
    : undefined;
}

/** An id, taken apart. The number of a small job is its date. */
export interface LeadingId {
  readonly id: string;
  readonly prefix: string;
  readonly number: number;
}

/** The id that a text starts with, whatever comes after it (`-T01`, a slug). */
export function leadingId(text: string): LeadingId | undefined {
  const adhoc = ADHOC.exec(text);
  if (adhoc !== null) return { id: adhoc[0], prefix: 'ADHOC', number: Number(adhoc.slice(1).join('')) };
  const match = ID.exec(text);
  if (match === null) return undefined;
  return { id: match[0], prefix: (match[1] ?? '').slice(0, -1), number: Number(match[2]) };
}

function idOfPlainName(name: string): string | undefined {
  const adhoc = ADHOC.exec(name);
  if (adhoc !== null) {
    const valid = isDate(Number(adhoc[1]), Number(adhoc[2]), Number(adhoc[3]));
    return valid && name === `${adhoc[0]}.md` ? adhoc[0] : undefined;
  }
  const id = ID.exec(name)?.[0];
  return id !== undefined && SLUG_AND_END.test(name.slice(id.length)) ? id : undefined;
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
