/** Makes the answer of a tool or resource, and keeps it below the limit: texts are cut shorter, and lists too, until it fits. */
import { NOTICE, ownText, repositoryText } from './repository-text.js';

/** No answer has more tokens, by {@link estimateTokens}. */
export const MAX_ANSWER_TOKENS = 5000;

/** How many tokens a text has: one for each three bytes, more than models count for English, JSON or a script of three bytes a sign. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3);
}

/** How far an answer is cut: the longest text, and which share of a list's entries is shown. */
interface Rung {
  readonly maxText: number;
  readonly share: number;
}

const RUNGS: readonly Rung[] = [
  { maxText: 400, share: 1 },
  { maxText: 240, share: 1 },
  { maxText: 140, share: 1 },
  { maxText: 80, share: 1 },
  { maxText: 60, share: 0.5 },
  { maxText: 40, share: 0.2 },
  // Signs that JSON escapes count up to six times in the two forms of an answer.
  { maxText: 20, share: 0.2 },
  { maxText: 8, share: 0.2 },
  { maxText: 8, share: 0.04 },
];

/** No name of a repository, domain or host is longer, unless another program made it: no tool takes such a name. */
const MAX_NAME = 100;

/** The same of codes and ids of commits. */
export const MAX_CODE = 64;

/** There are fourteen criteria, and fewer inputs. */
const MAX_IDS = 14;
const PLAIN_ID = /^[\w./-]{1,32}$/;

/** What an answer is made with. It notes each list that is not shown whole. */
export class AnswerParts {
  readonly cut: string[] = [];
  readonly #rung: Rung;

  constructor(rung: Rung) {
    this.#rung = rung;
  }

  /** A text that may quote a repository: cleaned, cut and marked. */
  data(text: string): string {
    return repositoryText(text, this.#rung.maxText);
  }

  /** A name by which a client may call something: cleaned, and never cut to fit, because a part of it names nothing. */
  name(text: string, maxLength = MAX_NAME): string {
    return ownText(text, maxLength);
  }

  /** Ids of criteria or inputs, without those that are none: a server may send any text, and any number of them. */
  ids(given: readonly string[]): string[] {
    return given.filter((id) => PLAIN_ID.test(id)).slice(0, MAX_IDS);
  }

  /** A sentence of doi-worker's own: cleaned and cut. */
  own(text: string): string {
    return ownText(text, this.#rung.maxText);
  }

  /** The first entries of a list, at most so many; the answer says how many of how many. */
  list<Entry>(name: string, entries: readonly Entry[], most: number): Entry[] {
    const shown = entries.slice(0, Math.ceil(most * this.#rung.share));
    if (shown.length < entries.length) this.cut.push(`${name}: ${shown.length} of ${entries.length}`);
    return shown;
  }
}

/** The fields of an answer beside `notice` and `cut`. */
export type MakeFields = (parts: AnswerParts) => Readonly<Record<string, unknown>>;

/** Makes an answer that fits, the least cut one, with the notice first and the lists that were cut last. */
export function fitAnswer(
  make: MakeFields,
  measure: (answer: object) => string = JSON.stringify,
): Record<string, unknown> {
  for (const rung of RUNGS) {
    const parts = new AnswerParts(rung);
    const fields = make(parts);
    const answer = { notice: NOTICE, ...fields, ...(parts.cut.length > 0 ? { cut: parts.cut } : {}) };
    if (estimateTokens(measure(answer)) <= MAX_ANSWER_TOKENS) return answer;
  }
  throw new Error('An answer does not fit, however far it is cut: a list in it has no limit.');
}
