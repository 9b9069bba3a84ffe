import { chmodSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findProgram } from '../../../src/platform/process/find-program.js';
import { asUnprivileged, isRoot, tempFolder } from '../inputs/checkout-files.js';

it('finds a program in the first folder of the PATH that has it', () => {
  expect(findProgram('sh', '/nowhere:/bin')).toBe('/bin/sh');
  expect(findProgram('no-such-program', '/bin')).toBeUndefined();
});

it.runIf(isRoot)('when a folder of the PATH may not be searched, then it passes over it', () => {
  const closed = tempFolder();
  chmodSync(closed, 0o700);
  const expression = `loaded.findProgram('sh', ${JSON.stringify(`${closed}:/bin`)})`;
  expect(asUnprivileged('src/platform/process/find-program.ts', expression)).toBe('/bin/sh');
});
