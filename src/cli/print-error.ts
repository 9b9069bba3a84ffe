/** Prints an error: what was found, and below it what to do. */
import { DoiError, type ErrorCode } from '../domain/errors.js';
import { hideSecrets } from '../domain/hide-secrets.js';
import { databaseError } from '../platform/postgres/sql.js';
import { EXIT, type Io } from './context.js';
import { showText } from './terminal.js';

const USAGE: ReadonlySet<ErrorCode> = new Set(['bad_request', 'bad_slug']);

/** @returns the exit code for the error */
export function printError(thrown: unknown, { stderr, env }: Pick<Io, 'stderr' | 'env'>): number {
  const error = databaseError(thrown);
  const show = (text: string) => showText(hideSecrets(text), 2000);
  if (error instanceof DoiError) {
    stderr.write(`doi: ${show(error.message)}\n  ${show(error.remedy)}\n`);
  } else {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const remedy = 'This is a bug in doi-worker; LOG_LEVEL=debug shows where it happened.';
    stderr.write(`doi: internal: ${show(message)}\n  ${remedy}\n`);
  }
  if (['debug', 'trace'].includes(env['LOG_LEVEL'] ?? '')) stderr.write(`${describeStack(error, show)}\n`);
  return error instanceof DoiError && USAGE.has(error.code) ? EXIT.usage : EXIT.broken;
}

/** The stacks of an error and of its causes. */
function describeStack(error: unknown, show: (text: string) => string): string {
  const lines: string[] = [];
  for (let at = error; at instanceof Error && lines.length < 200; at = at.cause)
    lines.push(...(at.stack ?? at.message).split('\n').map(show), '');
  return lines.join('\n');
}
