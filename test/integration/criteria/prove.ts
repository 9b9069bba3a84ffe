/** Turns a table of cases into tests: each evaluates a real checkout with real rows, and reads the verdict. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CriterionId, CriterionTier, Status } from '../../../src/domain/verdict.js';
import { openWorld, type World } from '../../helpers/world.js';

export interface Case {
  /** The checkout's files besides `.git`. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  /** Changes the registry's rows or the checkout before it is evaluated. */
  readonly prepare?: (world: World, slug: string) => Promise<unknown>;
  readonly status: Status;
  /** A text that the detail must hold. */
  readonly detail: string | RegExp;
  /** A text that the remedy must hold; without it, any remedy will do. */
  readonly remedy?: string | RegExp;
}

export interface CriterionCases {
  readonly label: string;
  readonly tier: CriterionTier;
  /** Every status that the criterion can have: the cases must show each. */
  readonly outcomes: readonly Status[];
  readonly cases: Readonly<Record<string, Case>>;
}

export type Cases = Partial<Record<CriterionId, CriterionCases>>;

/** Makes the tests of a table, in one world of their own. */
export function proveCriteria(name: string, table: Cases): void {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(name);
  });
  afterAll(() => world.close());

  for (const [id, { label, tier, outcomes, cases }] of Object.entries(table)) {
    describe(`${id} ${label}`, () => {
      it('is shown at each of its outcomes', () => {
        const shown = new Set(Object.values(cases).map(({ status }) => status));
        expect([...shown].sort()).toEqual([...outcomes].sort());
      });

      it.each(Object.entries(cases))('%s', async (title, wanted) => {
        const verdict = await judge(world, { id, slug: slugOf(id, title), wanted });
        expect(verdict).toMatchObject({ id, label, tier, status: wanted.status });
        expectSentence(verdict.detail, wanted.detail);
        if (wanted.status === 'pass') expect(verdict.remedy).toBeNull();
        else expectSentence(verdict.remedy, wanted.remedy ?? /\w/);
      });
    });
  }
}

/** Evaluates as a worker does, and reads as a client does; the report must be fresh. */
async function judge(
  world: World,
  { id, slug, wanted: { files = {}, prepare } }: { id: string; slug: string; wanted: Case },
) {
  await world.add(slug);
  for (const [file, content] of Object.entries(files)) await put(world.path(slug, file), content);
  await prepare?.(world, slug);
  expect(await world.evaluate(slug)).toEqual({ end: 'written', ran: 14, kept: 0, unsettled: false });
  const answer = await world.read(slug);
  expect(answer).toMatchObject({ stale: false, stale_reasons: [], failure: null, refresh: null });
  expect(answer.criteria).toHaveLength(14);
  const verdict = answer.criteria.find((each) => each.id === id);
  if (verdict === undefined) throw new Error(`There is no verdict of ${id}.`);
  return verdict;
}

async function put(path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function expectSentence(text: string | null, says: string | RegExp): void {
  expect(text).toMatch(says);
  expect(text).toMatch(/^\S.{10,}\S$/);
  expect(text).not.toMatch(/undefined|null|NaN|\[object|\.\.$/);
}

let made = 0;
function slugOf(id: string, title: string): string {
  made += 1;
  const words = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `${id.toLowerCase()}-${made}-${words}`.slice(0, 60).replace(/-+$/, '');
}
