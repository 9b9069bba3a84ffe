/** Shows what a sweep found and did. */
import type { SweepAnswer } from '../domain/answers.js';
import { showText } from './show-text.js';

const MOST_REASONS = 10;

/** The report in a few lines: how many, what is left, and why there was something to do. */
export function formatSweep({ total, done, counts }: SweepAnswer): string {
  const { probed, fresh, asked, failed, gone, held, away, reasons } = counts;
  const of = probed === total ? `${total}` : `${probed} of ${total}`;
  const lines = [`Looked at ${of}: ${fresh} fresh, ${asked} asked for, ${failed} of them broken.`];
  if (failed > 0) lines.push('  "doi summary --broken" lists what is broken');
  if (gone > 0) lines.push(`  ${gone} archived or unregistered meanwhile`);
  const waiting = Object.values(away).reduce((sum, count) => sum + count, 0);
  const open = probed - done - waiting - held;
  if (held > 0) lines.push(`  ${held} put off by trouble on their host, which "doi summary" names`);
  if (open > 0) lines.push(`  ${open} still to be judged`);
  for (const [host, count] of Object.entries(away)) {
    lines.push(`  ${count} wait for ${showText(host)}, where no worker was heard of`);
  }
  const sorted = Object.entries(reasons).sort(([, one], [, other]) => other - one);
  for (const [reason, count] of sorted.slice(0, MOST_REASONS)) lines.push(`  ${count} × ${showText(reason)}`);
  if (sorted.length > MOST_REASONS) lines.push(`  and ${sorted.length - MOST_REASONS} other reasons`);
  return `${lines.join('\n')}\n`;
}
