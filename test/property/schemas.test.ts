import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkWorkplans } from '../../src/checker/built-in/check-workplans.js';
import { CAPABILITY_TYPES } from '../../src/criteria/parse/schemas/capability.js';
import { makeJsonSchemas } from '../../src/criteria/parse/schemas/json-schemas.js';
import { TASK_STATUSES } from '../../src/criteria/parse/schemas/task.js';
import { SERVICE_AUTHS } from '../../src/criteria/parse/schemas/tpsc.js';
import { WORKPLAN_STATUSES, WORKPLAN_TYPES } from '../../src/criteria/parse/schemas/workplan.js';
import { readScope } from '../../src/criteria/parse/scope.js';
import { readServices } from '../../src/criteria/parse/services.js';
import { parseYaml } from '../../src/criteria/parse/yaml.js';
import type { Finding } from '../../src/domain/input.js';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Kind = keyof ReturnType<typeof makeJsonSchemas>;

const space = fc.constantFrom('', ' ', '\t', '\n', '\u00a0', '\ufeff', '\u2028');
const padded = (words: readonly string[]) =>
  fc.tuple(space, fc.constantFrom(...words), space).map((parts) => parts.join(''));
const text = fc.string({ unit: 'grapheme', maxLength: 6 });
const nonEmpty = text.filter((value) => value.trim() !== '');
const scalar = fc.oneof(nonEmpty, fc.integer(), fc.boolean());
const words = [
  ...SERVICE_AUTHS,
  ...CAPABILITY_TYPES,
  ...WORKPLAN_TYPES,
  ...WORKPLAN_STATUSES,
  ...TASK_STATUSES,
];
/** Any value, often one that is right for some key. */
const value: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, '', ' ', [], {}, [[]], [''], [null], 0, true, ['a', 1]),
  padded(words),
  scalar,
  space,
  fc.array(fc.oneof(text, scalar), { maxLength: 3 }),
);

const optional = { notes: fc.option(text), description: fc.option(text), endpoint: fc.option(text) };
const service = fc.record<Record<string, Json>>(
  { slug: nonEmpty, purpose: nonEmpty, auth: fc.constantFrom(...SERVICE_AUTHS), ...optional, owner: value },
  { requiredKeys: ['slug', 'purpose', 'auth'], noNullPrototype: true },
);

/** Documents that keep their schema. */
const VALID: Readonly<Record<Kind, fc.Arbitrary<Json>>> = {
  tpsc: fc.record<Record<string, Json>>(
    { services: fc.array(service, { maxLength: 3 }), version: value },
    { requiredKeys: ['services'], noNullPrototype: true },
  ),
  capability: fc.record<Record<string, Json>>(
    {
      type: fc.constantFrom(...CAPABILITY_TYPES),
      title: nonEmpty,
      description: fc.option(text),
      keywords: fc.option(fc.array(text, { maxLength: 3 })),
      owner: value,
    },
    { requiredKeys: ['type', 'title'], noNullPrototype: true },
  ),
  workplan: fc.record<Record<string, Json>>(
    {
      id: scalar,
      type: padded(WORKPLAN_TYPES),
      title: scalar,
      domain: scalar,
      status: padded(WORKPLAN_STATUSES),
      state_hub_workstream_id: scalar,
      depends_on: fc.oneof(fc.constantFrom(null, ''), scalar, fc.array(scalar, { maxLength: 3 })),
      owner: value,
    },
    {
      requiredKeys: ['id', 'type', 'title', 'domain', 'status', 'state_hub_workstream_id'],
      noNullPrototype: true,
    },
  ),
  task: fc.record<Record<string, Json>>(
    { id: scalar, status: padded(TASK_STATUSES), state_hub_task_id: scalar, priority: value },
    { requiredKeys: ['id', 'status', 'state_hub_task_id'], noNullPrototype: true },
  ),
};

const fence = (kind: string, yaml: string) => `\`\`\`${kind}\n${yaml}\n\`\`\`\n`;
const FRONT = 'id: A-WP-1\ntype: feature\ntitle: t\ndomain: d\nstatus: active\nstate_hub_workstream_id: none';
const findingsOf = (front: string, body = ''): readonly Finding[] =>
  checkWorkplans([
    { path: 'workplans/A-WP-1-x.md', content: { state: 'present', text: `---\n${front}\n---\n${body}` } },
  ]);
/** Whether a finding is of the front matter alone, and not of the file's name or of other files. */
const isOfFrontMatter = ({ check, severity, message }: Finding) =>
  check === 'C-06' ||
  (severity === 'FAIL' && ['C-02', 'C-03'].includes(check) && !message.includes("the file name's"));

/** Whether the code that judges finds nothing in a document. */
const JUDGES: Readonly<Record<Kind, (yaml: string) => boolean>> = {
  tpsc: (yaml) => readServices(yaml).ok,
  capability: (yaml) =>
    readScope(fence('capability', yaml)).capabilities.every(({ problem }) => problem === undefined),
  workplan: (yaml) => !findingsOf(yaml).some(isOfFrontMatter),
  task: (yaml) =>
    !findingsOf(FRONT, fence('task', yaml)).some(({ check }) => check === 'C-10' || check === 'C-11'),
};

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
const kinds = Object.entries(makeJsonSchemas()).map(([name, schema]) => ({
  kind: name as Kind,
  keeps: ajv.compile(schema),
}));

/** Both verdicts on a document, the schema's on what YAML makes of it: `1e3` may be a text there. */
function verdictsOn(document: Json, { kind, keeps }: { kind: Kind; keeps: ValidateFunction }) {
  const yaml = JSON.stringify(document);
  const parsed = parseYaml(yaml);
  return { judge: JUDGES[kind](yaml), schema: parsed.ok && keeps(parsed.value) };
}

describe.each(kinds)('the schema of $kind', (of) => {
  it('accepts valid documents, as the judge does', () => {
    fc.assert(
      fc.property(VALID[of.kind], (document) => {
        expect(verdictsOn(document, of)).toEqual({ judge: true, schema: true });
      }),
      { numRuns: 200 },
    );
  });

  it('agrees with the judge on a valid document with one mutation', () => {
    const seen = { kept: 0, broken: 0 };
    const mutated = fc
      .record({ document: VALID[of.kind], at: fc.nat(), change: fc.option(value, { nil: undefined }) })
      .map(mutate);
    fc.assert(
      fc.property(mutated, (document) => {
        const { judge, schema } = verdictsOn(document, of);
        seen[judge ? 'kept' : 'broken'] += 1;
        expect(schema).toBe(judge);
      }),
      { numRuns: 800 },
    );
    // Both kinds were among them, so that the agreement says something.
    expect(Math.min(seen.kept, seen.broken)).toBeGreaterThan(40);
  });
});

interface Mutation {
  readonly document: Json;
  readonly at: number;
  /** The value that replaces another; undefined where that is removed. */
  readonly change: Json | undefined;
}

/** Changes or removes one of all values of a document, the whole document among them. */
function mutate({ document, at, change }: Mutation): Json {
  const count = { left: at % countValues(document) };
  return replace(document, count, change) ?? null;
}

function countValues(document: Json): number {
  if (typeof document !== 'object' || document === null) return 1;
  return Object.values(document).reduce((sum: number, each: Json) => sum + countValues(each), 1);
}

function replace(document: Json, count: { left: number }, change: Json | undefined): Json | undefined {
  if (count.left === 0) {
    count.left = -1;
    return change;
  }
  count.left -= 1;
  if (typeof document !== 'object' || document === null) return document;
  const entries = Object.entries(document).flatMap(([key, each]) => {
    const replaced = count.left < 0 ? each : replace(each, count, change);
    return replaced === undefined ? [] : [[key, replaced] as const];
  });
  return Array.isArray(document) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}
