/** The settings that an environment holds, and the words for what is wrong with one. */
import type { z } from 'zod';
import { cleanText } from '../../domain/text.js';

/** Some programs, such as `docker run --env-file`, keep the quotes of an environment file. */
export function isQuoted(value = ''): boolean {
  return /^(["']).*\1$/s.test(value);
}

/** By name, so that a new setting that may hold a secret is hidden too. */
const MAY_HOLD_SECRETS = /URL|TOKEN|SECRET|COMMAND/;
const LONGEST_SHOWN = 60;

/**
 * The settings that are set. An empty variable means "not set", as in most deployment files, and so does one with nothing but
 * a line end, which a file from Windows leaves. A variable of blanks is set, since a value was meant. Blanks at the ends of a
 * value are dropped.
 */
export function readGiven(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  const set = Object.entries(env).filter((entry): entry is [string, string] =>
    /[^\r\n]/.test(entry[1] ?? ''),
  );
  return Object.fromEntries(set.map(([name, value]) => [name, names.includes(name) ? value.trim() : value]));
}

/** Says what is wrong with a setting. */
export function describeIssue(issue: z.core.$ZodIssue, given: Readonly<Record<string, string>>): string {
  const name = issue.path.join('.');
  const isShown = typeof issue.input === 'string' && !MAY_HOLD_SECRETS.test(name);
  const found = isShown ? `; it is ${cleanText(JSON.stringify(issue.input), LONGEST_SHOWN)}` : '';
  return name in given
    ? `${name}: ${issue.message}${found}`
    : `${name} is not set, and what the system has for it ${issue.message}${found}`;
}
