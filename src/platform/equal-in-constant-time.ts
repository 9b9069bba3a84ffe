/** Compares secrets without telling by the time it takes how much of them is right. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether both are the same bytes, whatever their lengths. */
export function equalInConstantTime(one: string | Buffer, other: string | Buffer): boolean {
  const digest = (secret: string | Buffer) => createHash('sha256').update(secret).digest();
  return timingSafeEqual(digest(one), digest(other));
}
