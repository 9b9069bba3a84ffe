/** Loads one of the texts at a checkout's root, with the version of what was read. */
import type { TextFile, TextFileKey } from '../../domain/input.js';
import type { BytePath } from '../probe/byte-path.js';
import { type InputProbe, probeInput } from '../probe/probe-input.js';
import { safeReadText } from './safe-read.js';
import { type Loaded, loadSettled } from './settled-load.js';

/**
 * @param root the real path of the checkout's folder, which is there
 * @throws {DoiError} `file_unreadable` or `host_exhausted` where something broke
 */
export function loadTextFile(root: BytePath, key: TextFileKey): Loaded<TextFile> {
  return loadSettled<TextFile, InputProbe>(
    () => probeInput(root, key),
    (probed) => {
      const read = safeReadText(root, key);
      if (read.state === 'present') {
        return { value: { state: read.state, text: read.text }, agrees: read.version === probed.version };
      }
      return { value: read, agrees: (read.state === 'absent') === (probed.version === 'absent') };
    },
  );
}
