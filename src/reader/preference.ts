/** What a client prefers by a header: told in one of a few ways by almost all who ask, so that each way is read once. */
import type { FastifyRequest } from 'fastify';

const MOST_WAYS = 100;

/**
 * Makes the reading of a preference.
 * @param name the header's, in lower case
 * @param read tells from that header alone; without it, the preference is false
 */
export function preference(
  name: string,
  read: (headers: Readonly<Record<string, string>>) => boolean,
): (request: FastifyRequest) => boolean {
  const ways = new Map<string, boolean>();
  return ({ headers }) => {
    const said = headers[name];
    if (said === undefined) return false;
    const way = String(said);
    const known = ways.get(way);
    if (known !== undefined) return known;
    const preferred = read({ [name]: way });
    if (ways.size >= MOST_WAYS) ways.clear();
    ways.set(way, preferred);
    return preferred;
  };
}
