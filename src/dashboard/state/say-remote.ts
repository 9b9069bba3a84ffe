/** Words for a report's remote: whether the last push has arrived, and whether it is what failed. */
import type { CheckoutAnswer, ReportAnswer } from '../../api/report.js';

const PULLED = {
  true: 'not pulled yet',
  false: 'pulled',
  null: 'not known whether it is pulled',
} as const;

/** Words for a push that was stored. Only a contact with the remote says of a mirror whether it has the push. */
export function sayPulled(
  { stale_reasons: reasons }: Pick<ReportAnswer, 'stale_reasons'>,
  { kind, behind, contacted_at: contactedAt }: CheckoutAnswer,
): string {
  if (kind !== 'mirror') return PULLED[String(behind) as keyof typeof PULLED];
  const isMissing = contactedAt === null || reasons.some(({ code }) => code === 'pushed');
  return isMissing ? 'not fetched yet' : 'fetched';
}

/** What a failure kept from happening, by its code. */
export function sayFailed(code: string): string {
  return code.startsWith('remote_') ? 'The remote was not reached' : 'Broken: the evaluation failed';
}
