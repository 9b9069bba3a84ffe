/** An organisation as there are many: some forty repositories of six domains, each somewhere on its way, and how they came there. */

import { recordGoal, recordSbom, recordTpsc } from '../../src/registry/record.js';
import { doi } from '../e2e/programs.js';
import type { Served } from './served.js';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  identity: ['accounts', 'login-pages', 'session-store', 'sso-bridge', 'audit-trail', 'permission-model'],
  payments: ['ledger', 'gateway', 'invoices', 'refunds', 'fraud-rules', 'bank-adapters', 'payout-planner'],
  storefront: [
    'shop-web',
    'shop-mobile',
    'catalogue',
    'search-index',
    'recommendations',
    'cart',
    'checkout-flow',
  ],
  logistics: ['warehouse', 'routing', 'label-printer', 'carrier-adapters', 'returns-desk', 'stock-forecast'],
  data: ['event-lake', 'metrics-pipeline', 'report-builder', 'anonymiser', 'schema-registry', 'notebooks'],
  platform: [
    'build-images',
    'deploy-tool',
    'edge-proxy',
    'secrets-agent',
    'status-page',
    'runbooks',
    'dev-shell',
  ],
};

const SECTIONS = [
  ...['One-liner', 'Core Idea', 'In Scope', 'Out of Scope', 'Relevant When', 'Not Relevant When'],
  ...['Current State', 'How It Fits', 'Terminology', 'Related / Overlapping', 'Provided Capabilities'],
];
const SCOPE = `# Scope\n\n${SECTIONS.map((section) => `## ${section}\n\nNone.\n`).join('\n')}`;
const SERVICES = 'services: []\n';
const PLAN =
  '---\nid: PLAN-WP-0001\ntype: workplan\ntitle: Plan\ndomain: default\nstatus: active\n---\n\n# Plan\n';

/** What a repository takes up, in this order; how many of them is how far it has come. */
const STEPS: readonly ((served: Served, slug: string) => Promise<void>)[] = [
  ({ world }, slug) => world.write(slug, 'CLAUDE.md', '# Instructions\n'),
  ({ world }, slug) => world.write(slug, 'SCOPE.md', '# Scope\n'),
  ({ world }, slug) => recordSbom(world.sql, slug),
  async ({ world }, slug) => {
    await world.write(slug, 'tpsc.yaml', SERVICES);
    await recordTpsc(world.sql, slug);
  },
  ({ world }, slug) => world.write(slug, 'SCOPE.md', SCOPE),
  ({ world }, slug) => world.write(slug, 'CLAUDE.md', '# Instructions\n\nThey follow the kaizen template.\n'),
  ({ world }, slug) => recordGoal(world.sql, slug, { title: 'Ship 2.0', status: 'active' }),
];

/** How far each is in the end, from 0 to all steps: the same each time, and different from one to the next. */
const farOf = (at: number) => [7, 2, 5, 7, 4, 0, 6, 3, 7, 1, 4][at % 11] ?? 0;

/**
 * Registers them and has each judged twice: as it began, and as it is now. The first time is then moved back by some
 * days, as if it had taken its steps then.
 */
export async function makeOrganisation(served: Served): Promise<void> {
  const { sql } = served.world;
  const all = Object.entries(NAMES).flatMap(([domain, names]) => names.map((slug) => ({ domain, slug })));
  for (const { domain, slug } of all) await served.add(slug, domain, { 'README.md': `# ${slug}\n` });
  for (const slug of ['notebooks', 'dev-shell']) {
    await sql`update managed_repos set remote_url = null where slug = ${slug}`;
  }
  served.startWorker();
  await served.allFresh();
  for (const [at, { slug }] of all.entries()) {
    for (const step of STEPS.slice(0, farOf(at))) await step(served, slug);
    if (at % 9 === 4) await served.world.write(slug, 'workplans/plan.md', PLAN);
  }
  await served.allFresh();
  await doi(['sweep'], served.env);
  await moveBack(served);
}

/** Each came to where it is on another day of the last month; all are registered since before it. */
async function moveBack({ world: { sql } }: Served): Promise<void> {
  await sql`update managed_repos set created_at = now() - interval '60 days'`;
  await sql`
    update doi_history h set at = n.at
    from (
      select repo_id, observation,
        now() - case when row_number() over (partition by repo_id order by observation desc) = 1
          then (hashtext(repo_id::text) & 31) * interval '21 hours'
          else interval '40 days' end as at
      from doi_history
    ) n
    where n.repo_id = h.repo_id and n.observation = h.observation`;
}
