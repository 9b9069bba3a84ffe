import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONTENT_KEYS, VERSIONED_KEYS } from '../../src/domain/input.js';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { FILES } from '../property/never-falsely-fresh/texts.js';

it('docs/architecture.md has a row for each input, in the order of the fingerprint', () => {
  const page = readFileSync(join(packageRoot, 'docs/architecture.md'), 'utf8');
  const [, section = ''] = page.split(/^## Inputs$/m);
  const cells = [...(section.split(/^## /m)[0] ?? '').matchAll(/^\| (`[^|]+`) \|/gm)].map(
    ([, cell = '']) => cell,
  );
  expect(cells.flatMap((cell) => cell.replaceAll('`', '').split(', '))).toEqual([...VERSIONED_KEYS]);
});

it('the property never falsely fresh edits a file of each input that is read from a checkout', () => {
  const edited = (key: string) => FILES.some((file) => file === key || file.startsWith(`${key}/`));
  expect(CONTENT_KEYS.filter((key) => !edited(key))).toEqual([]);
});
