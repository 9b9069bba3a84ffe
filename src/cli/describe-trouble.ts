/** Shows what troubles a host. */
import type { HostTroubleAnswer } from '../domain/answers.js';
import type { Paint } from './paint.js';
import { showText } from './show-text.js';

/** The trouble, and what to do about it. */
export function describeTrouble(trouble: HostTroubleAnswer, paint: Paint): string[] {
  const { host, code, message, remedy, since } = trouble;
  const what = `Trouble on ${showText(host)} (since ${showText(since)}, ${showText(code)})`;
  return [paint('red', `${what}: ${showText(message)}`), `  → ${showText(remedy)}`];
}

/** That a trouble which was shown is over. */
export function describeTroubleOver({ host, code }: HostTroubleAnswer, paint: Paint): string {
  return paint('green', `The trouble on ${showText(host)} is over (${showText(code)}).`);
}
