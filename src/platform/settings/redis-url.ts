/**
 * The setting REDIS_URL: accepts only what the client understands. The client takes the rest for options, or throws in the
 * middle of a run.
 */
import { z } from 'zod';
import { misplacedUserInfo } from './setting-forms.js';

// Without user and password: every error hides what may be a secret.
const EXAMPLE = 'redis://host:6379/0';

export const redisUrlSetting = z.string().superRefine((text, context) => {
  const message = findFault(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

/** The problem with a URL, without any part of it: in a wrong URL a password may stand anywhere. */
function findFault(text: string): string | undefined {
  const misplaced = misplacedUserInfo(text);
  if (misplaced !== undefined) return misplaced;
  if (!/^rediss?:\/\//.test(text)) return 'must be a URL that starts with redis:// or rediss://';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !isDecodable(url)) {
    return `must be a URL such as ${EXAMPLE}; a special character in its user or password is percent-encoded`;
  }
  if (!/^\/?\d{0,9}$/.test(url.pathname)) {
    return `must end with the number of a database, such as ${EXAMPLE}, or with none`;
  }
  const unknown = [...url.searchParams.keys()].find((name) => !['family', 'path'].includes(name));
  if (unknown !== undefined)
    return 'may have no parameter but "path" (a Unix socket) and "family"; the number of the database is its path';
  return undefined;
}

function isDecodable({ username, password }: URL): boolean {
  try {
    for (const part of [username, password]) decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
