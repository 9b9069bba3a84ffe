/** Makes judgements. Their sentences are clean and limited in length, for any text of a repository in them. */
import type { RepoColumns } from '../domain/input.js';
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

/** The judgement without a readable checkout: `skip`, which proves nothing and never counts towards a tier. */
export function skipWithoutCheckout(what: string): Judgement {
  return {
    status: 'skip',
    detail: `${what} was not judged: the home host has no checkout.`,
    remedy: 'Put the checkout in its place on the home host first; C3 says how.',
  };
}

/** The judgement of a file or folder that is unsafe or over a limit: a repository with one does not meet the rule. */
export function failRejected(
  what: string,
  reason: string,
  remedy = `Make ${what} regular UTF-8 text inside the checkout and within the limits that docs/criteria.md names.`,
): Judgement {
  const clause = quote(reason, 300);
  return fail(clause.startsWith(what) ? `${clause}.` : `${what} cannot be accepted: ${clause}.`, remedy);
}

/** The judgement where a file at the root is absent; `instead` is one that is probably meant for it. */
export function failAbsent(
  name: string,
  { instead, remedy }: { readonly instead: string | undefined; readonly remedy: string },
): Judgement {
  if (instead === undefined) return fail(`There is no ${name} at the root.`, remedy);
  return fail(
    `There is no ${name} at the root, but ${instead}.`,
    `Rename it: \`git mv ${instead} ${name}\`.`,
  );
}

/** The judgement of a `workplans` folder that the worker refuses to check. */
export function failWorkplans(reason: string): Judgement {
  const remedy =
    'Keep workplans a folder inside the checkout, within the limits that docs/criteria.md names.';
  return failRejected('workplans', reason, remedy);
}

/** A slug as an argument of a command to copy, or `SLUG` where it is no plain word. */
export function slugArgument(slug: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(slug) ? slug : 'SLUG';
}

/** The checkout's path as an argument of a command to copy, or `PATH` where there are several or it is no plain word. */
export function pathArgument({ hostPaths }: RepoColumns): string {
  const [path = '', ...others] = Object.values(hostPaths);
  return others.length === 0 && /^[~/][A-Za-z0-9._/@+-]{0,199}$/.test(path) ? path : 'PATH';
}
