/** The paragraph that takes up the agents template, as `doi init` writes it into CLAUDE.md. */

/** The lines of the paragraph. They are the template's own, so that C6 does not count them as written for the repository. */
export const KAIZEN_LINES: readonly string[] = [
  'Improvements are small and steady, in the kaizen way: one thing a change, with its test and its docs.',
];

/** Matches the paragraph, however its lines are wrapped. */
export const KAIZEN_PARAGRAPH = new RegExp(
  KAIZEN_LINES.join(' ')
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\s+/g, '\\s+'),
  'g',
);
