import { expect, it } from 'vitest';
import { showListing } from '../../../src/cli/show-listing.js';

it('the bar of a listing is shown on no output but a terminal, and may end before it began', () => {
  let written = '';
  const output = { write: (text: string) => (written += text), isTTY: false };
  const bar = showListing(output);
  bar.update({ count: 1, total: 2 });
  bar.end();
  expect(written).toBe('');
  showListing({ ...output, isTTY: true }).end();
  expect(written).toBe('');
});
