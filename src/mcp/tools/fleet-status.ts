/** The tool `fleet_status`: how many repositories stand where, which hosts judge them, and the sweep. */
import { z } from 'zod';
import { hosts } from '../../api/hosts.js';
import { sweep } from '../../api/sweeps.js';
import { hostProblem } from '../../api/terms.js';
import { TIERS } from '../../domain/tier.js';
import { answerSchema, defineTool } from '../define-tool.js';
import { MAX_CODE } from '../fit-answer.js';

const HOSTS = 10;

const host = hosts.element
  .pick({ host: true, silent: true, repositories: true, heartbeat: true, version: true })
  .extend({
    trouble: hostProblem.pick({ code: true, message: true, remedy: true }).nullable(),
  });
const lastSweep = sweep.pick({ state: true, started_at: true, finished_at: true, total: true, done: true });
const tierCounts = z.strictObject({ none: z.int(), core: z.int(), standard: z.int(), full: z.int() });

export const addFleetStatus = defineTool({
  name: 'fleet_status',
  title: 'Fleet status',
  description:
    'How many repositories there are at each tier, stale, broken or never evaluated; the hosts that judge them and the problem of each; the sweep under way or the last one.',
  isReadOnly: true,
  input: z.strictObject({}),
  output: answerSchema({
    repositories: z.int(),
    tiers: tierCounts,
    stale: z.int(),
    broken: z.int(),
    verified_at: z.string().optional(),
    never_evaluated: z.int(),
    hosts: z.array(host),
    sweep: lastSweep.nullable(),
  }),
  run: async (_, reads) => {
    const [summary, known, found] = await Promise.all([reads.repositories(), reads.hosts(), reads.sweep()]);
    const { repositories: all, verifiedAt } = summary;
    const count = (is: (one: (typeof all)[number]) => boolean) => all.filter(is).length;
    // Hosts that need a person first.
    const ranked = known.toSorted((one, other) => rankOf(other) - rankOf(one));
    return (parts) => ({
      repositories: all.length,
      tiers: Object.fromEntries(TIERS.map((tier) => [tier, count((one) => one.tier === tier)])),
      stale: count(({ stale }) => stale),
      broken: count(({ broken }) => broken),
      ...(verifiedAt === undefined ? {} : { verified_at: verifiedAt }),
      never_evaluated: count(({ checked_at: at }) => at === null),
      hosts: parts.list('hosts', ranked, HOSTS).map((one) => ({
        ...{ host: parts.name(one.host), silent: one.silent, repositories: one.repositories },
        ...{ heartbeat: one.heartbeat, version: parts.own(one.version) },
        trouble: one.trouble && {
          ...{ code: parts.name(one.trouble.code, MAX_CODE), message: parts.data(one.trouble.message) },
          remedy: parts.own(one.trouble.remedy),
        },
      })),
      sweep: found && {
        ...{ state: found.state, started_at: found.started_at, finished_at: found.finished_at },
        ...{ total: found.total, done: found.done },
      },
    });
  },
});

function rankOf({ silent, trouble }: { readonly silent: boolean; readonly trouble: unknown }): number {
  return (trouble === null ? 0 : 2) + (silent ? 1 : 0);
}
