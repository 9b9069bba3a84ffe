/** The tool `list_repositories`: which repositories there are, filtered as on the page, counted, grouped, in pages. */
import { z } from 'zod';
import { toCursor } from '../../api/summary-cursor.js';
import { criterionId, tier } from '../../api/terms.js';
import { answerSchema, defineTool } from '../define-tool.js';
import { selectRepositories } from '../select-repositories.js';

export const PAGE = 25;
const GROUPS = 25;

const repository = z.strictObject({
  repo_slug: z.string(),
  domain_slug: z.string().nullable(),
  tier,
  failing: z.array(criterionId),
  stale: z.boolean(),
  broken: z.boolean(),
  never_evaluated: z.boolean(),
});

export const addListRepositories = defineTool({
  name: 'list_repositories',
  title: 'List repositories',
  description:
    'Lists active repositories, worst first, 25 a page, with how many there are. All filters given must hold. Group to count them by tier, domain or failing criterion.',
  isReadOnly: true,
  input: z.strictObject({
    domain: z.string().max(50).optional().describe("a domain's slug; empty for none"),
    tier: tier.optional().describe('the tier reached, exactly'),
    stale: z.boolean().optional(),
    broken: z.boolean().optional().describe('the last attempt to judge it failed'),
    failing: criterionId.optional().describe('a criterion that it does not meet'),
    group_by: z.enum(['tier', 'domain', 'criterion']).optional(),
    cursor: z.string().max(4000).optional().describe('`next` of the page before'),
  }),
  output: answerSchema({
    total: z.int(),
    matching: z.int(),
    stale: z.int(),
    broken: z.int(),
    verified_at: z.string().optional(),
    shown: z.string(),
    groups: z.array(z.strictObject({ key: z.string(), count: z.int() })).optional(),
    repositories: z.array(repository),
    next: z.string().nullable(),
  }),
  run: async ({ cursor, group_by: groupBy, ...filter }, reads) => {
    const { repositories: all, verifiedAt } = await reads.repositories();
    const { matching, from, groups } = selectRepositories(all, { filter, cursor, groupBy });
    return (parts) => {
      // A name that is cut names nothing, so a page that does not fit has fewer of them.
      const page = parts.list('repositories', matching.slice(from, from + PAGE), PAGE);
      const last = page.at(-1);
      const next = last !== undefined && from + page.length < matching.length ? toCursor(last) : null;
      const range = page.length === 0 ? '0' : `${from + 1} to ${from + page.length}`;
      return {
        total: all.length,
        matching: matching.length,
        stale: matching.filter(({ stale }) => stale).length,
        broken: matching.filter(({ broken }) => broken).length,
        ...(verifiedAt === undefined ? {} : { verified_at: verifiedAt }),
        shown: `${range} of ${matching.length}`,
        ...(groups === undefined
          ? {}
          : {
              groups: parts
                .list('groups', groups, GROUPS)
                .map(({ key, count }) => ({ key: parts.name(key), count })),
            }),
        repositories: page.map((one) => ({
          repo_slug: parts.name(one.repo_slug),
          domain_slug: one.domain_slug === null ? null : parts.name(one.domain_slug),
          tier: one.tier,
          failing: one.failing,
          stale: one.stale,
          broken: one.broken,
          never_evaluated: one.checked_at === null,
        })),
        next,
      };
    };
  },
});
