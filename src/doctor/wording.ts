/** How the checks word what they found: addresses without credentials, short lists, counts, releases compared. */
import { redisSocket } from '../platform/socket-url.js';

/** Where Redis is, of its URL: never the user, the password, or a parameter. */
export function showRedis(url: string): string {
  const { host, pathname } = new URL(url);
  return `${redisSocket(url) ?? (host || 'a local socket')}${pathname === '/' ? '' : pathname}`;
}

const SHOWN = 3;

/** The first few, and how many more there are. */
export function fewOf(items: readonly string[], shown = SHOWN): string {
  const more = items.length - shown;
  return `${items.slice(0, shown).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

/** A number with its noun, such as `1 repository` and `2 repositories`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** Whether a release such as `20.19.4` is another one or newer; what is no number counts as 0. */
export function isAtLeast(release: string, wanted: string): boolean {
  const [found, least] = [release, wanted].map((text) =>
    text.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0),
  );
  for (let index = 0; index < 3; index += 1) {
    const difference = (found?.[index] ?? 0) - (least?.[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
