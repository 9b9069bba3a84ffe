import postgres from 'postgres';
import { describe, expect, it } from 'vitest';
import { DRIVER_TYPES } from '../../../../src/platform/postgres/driver-types.js';

/** A value of each kind that statements take. */
const VALUES: readonly unknown[] = [
  ...[true, false, 0, 1.5, 10n, '', 'a "b" \\', '{}', 't', 'true', 'null'],
  ...[new Date(0), '2026-01-02T03:04:05.678Z', Buffer.from([0, 92, 255])],
  ...[{ a: ['"', '\\', null] }, [true, false], ['a', null, '"'], [['{'], ['}']], [{ a: '"' }]],
];

describe('the function that makes a parameter text', () => {
  it('leaves its own result as it is, for every type of the driver, since a repeated statement passes it again', () => {
    const pool = postgres({ types: DRIVER_TYPES });
    const { serializers } = pool.options as unknown as {
      serializers: Record<string, (value: unknown) => string>;
    };
    expect(Object.keys(serializers).length).toBeGreaterThan(15);
    for (const [type, serialize] of Object.entries(serializers)) {
      for (const value of VALUES) {
        const once = attempt(() => serialize(value));
        if (once !== undefined) expect(serialize(once), `type ${type}, ${String(value)}`).toBe(once);
      }
    }
  });
});

/** A value that is no time cannot be written as one: an error of the caller. */
function attempt(write: () => string): string | undefined {
  try {
    return write();
  } catch {
    return undefined;
  }
}
