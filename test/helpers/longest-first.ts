/** Begins the files that take longest first, so that no core is idle while the last one ends. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Those of more than half a minute or so, by their ends: of a fresh clone vitest knows no durations. The first one promises
 * answers in time, and the three after it wait more than they compute.
 */
const LONGEST = [
  'fault/reads-under-load.test.ts',
  'fault/redis-away.test.ts',
  'fault/database-connection.test.ts',
  'fault/metrics.test.ts',
  'browser/accessibility.test.ts',
  'e2e/commands.test.ts',
  'e2e/start.test.ts',
  'browser/states.test.ts',
  'browser/many.test.ts',
  'browser/filters.test.ts',
  'browser/refresh.test.ts',
  'fault/storm.test.ts',
  'e2e/secrets.test.ts',
  'hostile/texts.test.ts',
  'hostile/crowds.test.ts',
  'hostile/files.test.ts',
  'never-falsely-fresh.test.ts',
  'fault/webhooks.test.ts',
  'worker/update-checkout.test.ts',
  'integration/local-postgres.test.ts',
  'producer/file-events.test.ts',
  'inputs/threads.test.ts',
  'inputs/devices.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.findIndex((end) => moduleId.endsWith(end));
      return at === -1 ? LONGEST.length : at;
    };
    const group = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    return sorted.sort((one, other) => group(one) - group(other) || rank(one) - rank(other));
  }
}
