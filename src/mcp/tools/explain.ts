/** The tool `explain`: why a verdict is stale, what the last evaluation did and because of what, and what changed before. */
import { z } from 'zod';
import { history } from '../../api/history.js';
import { report } from '../../api/report.js';
import { CRITERION_IDS } from '../../domain/verdict.js';
import type { Report } from '../api-reads.js';
import { answerSchema, defineTool } from '../define-tool.js';
import { type AnswerParts, MAX_CODE } from '../fit-answer.js';
import { headFields, problemFields, refreshFields, reportShape, staleFields } from '../report-fields.js';
import { slugInput } from './get-report.js';

const CHANGES = 5;

const evaluation = report.shape.evaluation
  .unwrap()
  .pick({ trigger: true, ran: true, kept: true, duration_ms: true, host: true })
  .extend({ changed: z.array(z.string()) });
const checkout = report.shape.checkout
  .unwrap()
  .pick({ host: true, kind: true, branch: true, head: true, pushed_head: true, behind: true });
const change = history.shape.changes.element
  .pick({ at: true, tier_was: true, tier_now: true, criteria: true })
  .extend({ changed: z.array(z.string()) });

export const addExplain = defineTool({
  name: 'explain',
  title: 'Explain a verdict',
  description:
    'Why a verdict is stale, what the last evaluation did and which inputs caused it, an evaluation under way, the commit that was judged, and the latest changes of tier or status.',
  isReadOnly: true,
  input: z.strictObject({
    slug: slugInput,
    cursor: z
      .string()
      .regex(/^\d{1,18}$/)
      .optional()
      .describe('`next`: older changes'),
  }),
  output: answerSchema({
    ...reportShape.head,
    stale_reasons: reportShape.stale_reasons,
    evaluation: evaluation.nullable(),
    refresh: reportShape.refresh,
    ...reportShape.problems,
    checkout: checkout.nullable(),
    changes: z.array(change),
    next: z.string().nullable(),
  }),
  run: async ({ slug, cursor }, reads) => {
    const [read, page] = await Promise.all([reads.report(slug), reads.history(slug, CHANGES, cursor)]);
    const { report: found } = read;
    return (parts) => ({
      ...headFields(read, parts),
      stale_reasons: staleFields(found.stale_reasons, parts),
      evaluation: evaluationFields(found.evaluation, parts),
      refresh: refreshFields(found.refresh, parts),
      ...problemFields(found, parts),
      checkout: checkoutFields(found.checkout, parts),
      changes: page.changes.slice(0, CHANGES).map(({ at, tier_was, tier_now, criteria, changed }) => ({
        ...{ at, tier_was, tier_now, criteria: criteria.slice(0, CRITERION_IDS.length) },
        changed: inputsOf(changed, parts),
      })),
      next: page.next === null ? null : parts.name(page.next, MAX_CODE),
    });
  },
});

function inputsOf(changed: readonly { readonly input: string }[], parts: AnswerParts): string[] {
  return parts.ids(changed.map(({ input }) => input));
}

function evaluationFields(done: Report['evaluation'], parts: AnswerParts) {
  if (done === null) return null;
  const { trigger, changed, ran, kept, duration_ms, host } = done;
  return {
    ...{ trigger: parts.data(trigger), changed: inputsOf(changed, parts), duration_ms },
    ...{ ran: parts.ids(ran), kept: parts.ids(kept), host: parts.name(host) },
  };
}

function checkoutFields(checkout: Report['checkout'], parts: AnswerParts) {
  if (checkout === null) return null;
  const { host, kind, branch, head, pushed_head, behind } = checkout;
  const commit = (id: string | null) => (id === null ? null : parts.name(id, MAX_CODE));
  return {
    ...{ host: parts.name(host), kind, branch: branch === null ? null : parts.data(branch) },
    ...{ head: commit(head), pushed_head: commit(pushed_head), behind },
  };
}
