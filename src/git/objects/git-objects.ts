/** Reads the inputs of a bare repository from git's objects. */
import type { BareTip } from '../../inputs/commit-inputs.js';

/** A tip, and for a mirror how objects that were left out when it was fetched are fetched. */
export interface ObjectPlace extends BareTip {
  readonly fetchObjects?: ((ids: readonly string[], signal?: AbortSignal) => Promise<void>) | undefined;
}
