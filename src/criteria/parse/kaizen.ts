/** The paragraph that takes up the agents template, as `doi init` writes it into CLAUDE.md. */

/** The lines of the paragraph. They are the template's own, so that C6 does not count them as written for the repository. */
export const KAIZEN_LINES: readonly string[] = [
  'Improvements are small and steady, in the kaizen way: one thing a change, with its test and its docs.',
];

const KAIZEN = KAIZEN_LINES.join(' ');

/** Whether a paragraph is that one, however its lines are wrapped. */
export function isKaizen(paragraph: string): boolean {
  return paragraph.replace(/\s+/g, ' ').trim() === KAIZEN;
}
