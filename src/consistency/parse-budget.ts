/** How much of all workplans together is parsed: more than anybody writes, and checked within two seconds. */
import { MAX_YAML_BYTES } from '../criteria/parse/yaml.js';

/** Most task blocks that are read in one workplan, and in all. */
export const MAX_TASKS = 1_000;
export const MAX_TASKS_IN_ALL = 10_000;
/** Most YAML that is parsed in all, in bytes of UTF-8. Some documents take a hundred times as long as others of their size. */
export const MAX_YAML_IN_ALL = 1024 * 1024;

/** What is left of both. */
export class ParseBudget {
  #tasks = MAX_TASKS_IN_ALL;
  #bytes = MAX_YAML_IN_ALL;

  /** Takes what a piece of YAML needs. @returns whether that was left; where it was not, nothing is left for any other */
  take(yaml: string): boolean {
    const bytes = Buffer.byteLength(yaml);
    // What is larger is refused without being parsed.
    if (bytes <= MAX_YAML_BYTES) this.#bytes -= bytes;
    if (this.#bytes < 0) this.#tasks = 0;
    return this.#bytes >= 0;
  }

  /** The same for a task block. */
  takeTask(yaml: string): boolean {
    this.#tasks -= 1;
    return this.#tasks >= 0 && this.take(yaml);
  }
}
