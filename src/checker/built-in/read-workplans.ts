/** Reads the files of a checkout's `workplans/` folder, through the safe walk and the safe read only. */
import { safeReadText } from '../../checkout/safe-read.js';
import { type WalkEntry, walkFolder } from '../../checkout/walk.js';
import type { WorkplanFile } from './workplan.js';
import { isWorkplanPath } from './workplan-name.js';

const FOLDER = 'workplans';

export type WorkplansRead =
  | { readonly state: 'present'; readonly files: readonly WorkplanFile[] }
  | { readonly state: 'absent' }
  | { readonly state: 'rejected'; readonly reason: string };

/**
 * Reads what may be a workplan: Markdown in `workplans/` and `workplans/archived/`. A folder of such a name is refused.
 * @param checkout the real path of the checkout's root, each character one byte.
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke.
 */
export function readWorkplans(checkout: string): WorkplansRead {
  // Without a filter, so that it is refused for the same folders as the probe of `workplans`.
  const walk = walkFolder(checkout, FOLDER);
  if (walk.state !== 'present') return walk;
  return { state: 'present', files: walk.entries.flatMap((entry) => readEntry(checkout, entry)) };
}

function readEntry(checkout: string, entry: WalkEntry): WorkplanFile[] {
  const path = `${FOLDER}/${entry.path}`;
  if (!isWorkplanPath(path)) return [];
  const content = safeReadText(checkout, Buffer.concat([Buffer.from(`${FOLDER}/`), entry.bytes]));
  // Removed since the walk: the caller probes the folder again, and will see that it changed.
  return content.state === 'absent' ? [] : [{ path, content }];
}
