/** Expects of a repository, evaluated as by a worker and read as by a client, that it is fresh, or stale for given inputs. */
import { expect } from 'vitest';
import type { CriterionId, Status } from '../../../src/domain/verdict.js';
import type { World } from '../../helpers/world.js';

export type Statuses = Partial<Record<CriterionId, Status>>;

/** @param open gives the world, which is opened only after the tests are listed */
export function expectations(open: () => World) {
  /** Evaluates the repository and expects a fresh report; returns the details by criterion. */
  async function expectFresh(
    slug: string,
    statuses: Statuses,
    options: { forced?: boolean } = {},
  ): Promise<Record<string, string>> {
    expect(await open().evaluate(slug, options)).toMatchObject({ end: 'written', unsettled: false });
    const answer = await open().read(slug);
    expect(answer).toMatchObject({ stale: false, stale_reasons: [], failure: null, refresh: null });
    const found = Object.fromEntries(answer.criteria.map(({ id, status }) => [id, status]));
    expect(found).toMatchObject(statuses);
    return Object.fromEntries(answer.criteria.map(({ id, detail }) => [id, detail]));
  }

  /** Expects a report that is stale for exactly these inputs. */
  async function expectStale(slug: string, ...inputs: readonly string[]): Promise<void> {
    const { stale, stale_reasons } = await open().read(slug);
    expect(stale_reasons.map(({ input }) => input)).toEqual(inputs);
    expect(stale).toBe(true);
  }

  return { expectFresh, expectStale };
}
