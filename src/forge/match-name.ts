/** Matches names of repositories with a glob of a person. */
import picomatch from 'picomatch';
import { DoiError } from '../domain/errors.js';

/**
 * Whether a name matches, in any case of its letters, as at the forges.
 * @param glob such as `lib-*` or `{api,web}-*`; undefined matches every name
 * @throws {DoiError} `bad_request`
 */
export function nameMatcher(glob: string | undefined): (name: string) => boolean {
  if (glob === undefined) return () => true;
  if (glob === '' || glob.length > 500)
    throw new DoiError('bad_request', 'The glob is empty or too long.', 'Give one such as "lib-*".');
  const isMatch = picomatch(glob, { nocase: true, dot: true });
  // Its second parameter, which callers such as `filter` would set, changes what it returns.
  return (name) => isMatch(name);
}
