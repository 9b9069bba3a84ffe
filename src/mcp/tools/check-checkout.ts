/** The tool `check_checkout`: judges a checkout on this machine as it is now, without any server. Over stdio alone. */
import { z } from 'zod';
import type { ReportAnswer } from '../../api/report.js';
import { criterionId, tier } from '../../api/terms.js';
import type { Tier } from '../../domain/tier.js';
import type { CriterionId, Verdict } from '../../domain/verdict.js';
import { type AddTool, answerSchema, defineTool } from '../define-tool.js';
import { criteriaFields, nextTierFields, reportShape } from '../report-fields.js';

/** A checkout to judge, and what a registry would say of it. */
export interface CheckoutToJudge {
  readonly path: string;
  readonly slug?: string | undefined;
  readonly domain?: string | undefined;
  readonly goalActive?: number | undefined;
  readonly sbom?: string | undefined;
  readonly tpsc?: number | undefined;
}

/** What the check of one checkout found. */
export interface JudgedHere {
  readonly path: string;
  readonly repo_slug: string;
  readonly tier: Tier;
  readonly tier_of_judged: Tier;
  readonly not_judged: readonly CriterionId[];
  readonly criteria: readonly Verdict[];
  readonly next_tier: ReportAnswer['next_tier'];
}

/** Judges a checkout; it is handed in, since this room knows no criterion. */
export type JudgeHere = (checkout: CheckoutToJudge, signal: AbortSignal) => Promise<JudgedHere>;

export function checkCheckoutTool(judge: JudgeHere): AddTool {
  return defineTool({
    name: 'check_checkout',
    title: 'Check a checkout',
    description:
      'Judges a checkout on this machine as it is now, uncommitted edits included; no server is needed. Criteria that need the registry are not judged unless you say what it has. Call it after each edit.',
    isReadOnly: true,
    input: z.strictObject({
      path: z.string().startsWith('/').max(4096).describe('absolute path of the checkout'),
      slug: z.string().max(100).optional().describe('judge it as registered by this name'),
      domain: z.string().max(100).optional().describe('slug of its active domain'),
      goal_active: z.int().min(0).max(1000).optional().describe('how many goals are active'),
      sbom: z.iso.date().optional().describe('when an SBOM was recorded'),
      tpsc: z.int().min(0).max(1000).optional().describe('how many snapshots of services'),
    }),
    output: answerSchema({
      path: z.string(),
      repo_slug: z.string(),
      tier,
      tier_of_judged: tier,
      not_judged: z.array(criterionId),
      criteria: reportShape.criteria,
      next_tier: reportShape.next_tier,
    }),
    run: async ({ goal_active: goalActive, ...given }, _, signal) => {
      const judged = await judge({ ...given, goalActive }, signal);
      return (parts) => ({
        path: parts.data(judged.path),
        repo_slug: parts.name(judged.repo_slug),
        tier: judged.tier,
        tier_of_judged: judged.tier_of_judged,
        not_judged: judged.not_judged,
        criteria: criteriaFields(judged.criteria.map(nameInput), parts, false),
        next_tier: nextTierFields(judged.next_tier, parts),
      });
    },
  });
}

/** The command line names an option where a criterion was not judged; here it is an input, such as `goal_active`. */
function nameInput(verdict: Verdict): Verdict {
  const [named, option] = / --([a-z-]+) [A-Z]+\.$/.exec(verdict.detail) ?? [];
  if (verdict.status !== 'skip' || named === undefined || option === undefined) return verdict;
  const input = `\`${option.replace('-', '_')}\``;
  const detail = `${verdict.detail.slice(0, -named.length)} ${input}.`;
  return { ...verdict, detail, remedy: verdict.remedy?.replace('give the option', `give ${input}`) ?? null };
}
