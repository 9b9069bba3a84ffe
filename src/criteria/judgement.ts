/** Makes judgements whose sentences are clean and bounded, whatever text of the repository they quote. */
import type { RepoColumns } from '../domain/input.js';
import { SERVED_SLUG } from '../domain/served-slug.js';
import type { Judgement } from '../domain/verdict.js';
import { oneLine, quote } from './parse/text.js';

export function pass(detail: string): Judgement {
  return { status: 'pass', detail: oneLine(detail) };
}

export function warn(detail: string, remedy: string): Judgement {
  return { status: 'warn', detail: oneLine(detail), remedy: oneLine(remedy) };
}

export function fail(detail: string, remedy: string): Judgement {
  return { status: 'fail', detail: oneLine(detail), remedy: oneLine(remedy) };
}

/** Ends the remedy of what no command corrects. */
export const CHECK_AGAIN = 'Then check it: `doi check PATH`.';

/** The command that writes the files that are absent. */
export const INIT = '`doi init PATH`';

/** The judgement without a checkout to read: `skip`, which proves nothing and never counts towards a tier. */
export function skipWithoutCheckout(what: string): Judgement {
  return {
    status: 'skip',
    detail: `${what} was not judged: the home host has no checkout.`,
    remedy:
      'Put the checkout in its place on the home host first, or say where it is: `doi move SLUG PATH` (C3 says how).',
  };
}

/** The judgement of a file or folder that is unsafe or over a limit: a repository with such a one does not meet the rule. */
export function failRejected(
  what: string,
  reason: string,
  remedy = `Make ${what} regular UTF-8 text inside the checkout and within the limits that docs/criteria.md of doi-worker names.`,
): Judgement {
  const clause = quote(reason, 300);
  const found = clause.startsWith(what) ? `${clause}.` : `${what} cannot be accepted: ${clause}.`;
  return fail(found, `${remedy} ${CHECK_AGAIN}`);
}

/** The judgement where a file at the root is absent; `instead` is a file that is probably meant for it. */
export function failAbsent(
  name: string,
  { instead, remedy }: { readonly instead: string | undefined; readonly remedy: string },
): Judgement {
  if (instead === undefined) return fail(`There is no ${name} at the root.`, remedy);
  return fail(`There is no ${name} at the root, but ${instead}.`, `Rename it: \`mv ${instead} ${name}\`.`);
}

/** The judgement of `workplans` where it is no folder that can be checked. */
export function failWorkplans(reason: string): Judgement {
  const remedy =
    'Keep workplans a folder inside the checkout, within the limits that docs/criteria.md of doi-worker names.';
  return failRejected('workplans', reason, remedy);
}

/** A slug as an argument of a command to copy; `SLUG` where the slug is no plain word. */
export function slugArgument(slug: string): string {
  return SERVED_SLUG.test(slug) ? slug : 'SLUG';
}

/** The checkout's path as an argument of a command to copy; `PATH` where there are several or the path is no plain word. */
export function pathArgument({ hostPaths }: RepoColumns): string {
  const [path = '', ...others] = Object.values(hostPaths);
  return others.length === 0 && /^[~/][A-Za-z0-9._/@+-]{0,199}$/.test(path) ? path : 'PATH';
}
