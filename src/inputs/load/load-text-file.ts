/** Loads one of a checkout's texts, with the version of what was read. */
import { readAbsent } from '../../domain/file-version.js';
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
      const absent = readAbsent(probed.version);
      const agrees = (read.state === 'absent') === (absent !== undefined);
      return { value: read.state === 'absent' ? { ...read, ...absent } : read, agrees };
    },
  );
}
