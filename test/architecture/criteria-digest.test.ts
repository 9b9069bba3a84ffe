import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';

// A script without types.
const script = '../../scripts/criteria-digest.js';
const { digestCriteria } = (await import(script)) as { digestCriteria(dist: string): string };
let dist: string;
beforeAll(async () => {
  dist = await makeTempFolder('digest');
  cpSync(join(packageRoot, 'dist'), dist, { recursive: true });
});
afterAll(() => removeFolder(dist));

describe('the version of the criteria', () => {
  it.each([
    'checker/checker-output.js',
    'checker/isolation.js',
    'checker/run-subprocess.js',
    'checkout/walk.js',
    'criteria/parse/scope.js',
    'domain/tier.js',
    'inputs/load/load-inputs.js',
    'store/repositories/registry-columns.js',
  ])('changes with the code of %s, which makes values or verdicts', (file) => {
    const before = digestCriteria(dist);
    appendFileSync(join(dist, file), '\nexport const added = 1;\n');
    expect(digestCriteria(dist)).not.toBe(before);
  });

  it.each([
    ['the code of checker/canary.js', 'checker/canary.js', 'export const added = 1;'],
    ['the code of reader/send.js', 'reader/send.js', 'export const added = 1;'],
    ['a comment', 'domain/home.js', '// added'],
  ])('does not change with %s', (_, file, text) => {
    const before = digestCriteria(dist);
    appendFileSync(join(dist, file), `\n${text}\n`);
    expect(digestCriteria(dist)).toBe(before);
  });
});
