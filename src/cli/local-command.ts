/** What a person types for the commands that a report on a local checkout names. */
import { quoteForShell } from '../domain/text.js';
import type { Verdict } from '../domain/verdict.js';
import { installation } from '../platform/process/installation.js';
import { showText } from './terminal.js';

/** Starts `doi` from any folder. In a clone a person typed the way to it, which depends on the folder. */
export const localCommand = installation.kind === 'clone' ? 'doi' : installation.command;

/** The line that says it where it is not `doi` itself. */
export function describeCommand(command: string): string[] {
  return command === 'doi' ? [] : [`Where it says "doi", type ${showText(command, 400)} here.`];
}

/** The verdicts with the checkout's path for PATH in the commands of their remedies. */
export function fillInPath(verdicts: readonly Verdict[], path: string): Verdict[] {
  const shown = quoteForShell(path);
  // Between backticks a path with one would end the command.
  if (shown.includes('`')) return [...verdicts];
  const fill = (command: string) => command.replace(/ PATH\b/, () => ` ${shown}`);
  return verdicts.map((verdict) => ({
    ...verdict,
    remedy: verdict.remedy?.replace(/`doi [^`]*`/g, fill) ?? null,
  }));
}
