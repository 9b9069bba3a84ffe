/** What each criterion asks, as the build takes it from docs/criteria.md: valid for this release. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { criterionId, criterionTier } from '../api/terms.js';
import { distPath } from '../platform/process/package-root.js';

const schema = z.array(
  z.strictObject({ id: criterionId, label: z.string(), tier: criterionTier, text: z.string() }),
);
export type CriterionText = z.infer<typeof schema>[number];

let read: readonly CriterionText[] | undefined;

/** All fourteen, in order. @throws where the build has not run */
export function criteriaTexts(): readonly CriterionText[] {
  read ??= schema.parse(JSON.parse(readFileSync(distPath('mcp/criteria.json'), 'utf8')));
  return read;
}
