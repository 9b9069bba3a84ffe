/** The error for objects that are larger than a text that a criterion reads may be. */
import { DoiError } from '../domain/errors.js';

/** Some objects exceed the limit of a single text, so they were not stored. */
export class ObjectsTooLarge extends DoiError {
  /** The ids of those objects. */
  readonly ids: ReadonlySet<string>;

  /** @param ids at least one; @param limitBytes of a single object */
  constructor(ids: ReadonlySet<string>, limitBytes: number) {
    const found = `${ids.size} of the files that are judged exceed ${limitBytes} bytes: ${[...ids].slice(0, 3).join(', ')}.`;
    super('remote_too_large', found, 'Make those files smaller: they are texts that a person reads.');
    this.ids = ids;
  }
}
