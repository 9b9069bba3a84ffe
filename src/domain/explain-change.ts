/** Words how an input changed, from its two versions. */

import { fileTimes, readAbsent } from './file-version.js';
import type { CHECKOUT_KEYS, VersionedKey } from './input.js';
import { sayRelease } from './release.js';

/** A sentence such as `SCOPE.md was edited at 2026-03-20T10:42:07Z.`; absolute times only. */
export function explainChange(key: VersionedKey, was: string, now: string): string {
  switch (key) {
    case 'repo':
      return `The repository's row in the registry changed at ${beforeHash(now)}.`;
    case 'domain':
      return `The domain or its status changed: ${was} is now ${now}.`;
    case 'goal':
      return 'The goals of the repository changed.';
    case 'tpsc':
      return 'The snapshots of third-party services changed.';
    case 'checker':
      return 'The consistency checker changed.';
    case 'criteria':
      return `The rules changed: release ${sayRelease(was)} is now ${sayRelease(now)}.`;
    case 'checkout':
      return `The checkout changed: ${was} is now ${now}.`;
    default:
      return explainFile(key, was, now);
  }
}

function explainFile(key: (typeof CHECKOUT_KEYS)[number], was: string, now: string): string {
  const [before, after] = [readAbsent(was), readAbsent(now)];
  if (before && after) return `${key} is absent still, and ${after.instead ?? 'nothing'} is there instead.`;
  if (before) return `${key} was added.`;
  if (after) return `${key} was removed.`;
  const edited = fileTimes(now);
  return edited === undefined ? `${key} changed.` : `${key} was edited at ${edited.changed}.`;
}

function beforeHash(version: string): string {
  return version.split('#')[0] ?? version;
}
