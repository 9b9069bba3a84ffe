/** The tool `get_report`: the verdict on one repository, and what is missing for its next tier. */
import { z } from 'zod';
import type { Report } from '../api-reads.js';
import { answerSchema, defineTool } from '../define-tool.js';
import {
  criteriaFields,
  headFields,
  isForeign,
  nextTierFields,
  problemFields,
  reportShape,
} from '../report-fields.js';

export const slugInput = z.string().max(100).describe('the name of the repository');

export const addGetReport = defineTool({
  name: 'get_report',
  title: 'Get a report',
  description:
    'The tier of a repository, whether that verdict is stale, and what is missing for the next tier, each with its remedy. `full` has all fourteen criteria.',
  isReadOnly: true,
  input: z.strictObject({ slug: slugInput, detail: z.enum(['brief', 'full']).optional() }),
  output: answerSchema({
    ...reportShape.head,
    next_tier: reportShape.next_tier,
    ...reportShape.problems,
    criteria: reportShape.criteria,
  }),
  run: async ({ slug, detail = 'brief' }, reads) => {
    const read = await reads.report(slug);
    const { report } = read;
    return (parts) => ({
      ...headFields(read, parts),
      next_tier: nextTierFields(report.next_tier, parts),
      ...problemFields(report, parts),
      criteria: criteriaFields(
        detail === 'full' ? report.criteria : missingIn(report),
        parts,
        isForeign(report),
      ),
    });
  },
});

/** The verdicts on the criteria that are missing for the next tier. */
function missingIn({ criteria, next_tier: next }: Report): Report['criteria'] {
  return criteria.filter(({ id }) => next?.missing.some((one) => one.id === id) ?? false);
}
