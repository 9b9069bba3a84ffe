import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { report } from '../../../src/api/report.js';
import { advertise } from '../../../src/mcp/advertised-schema.js';
import { reportWith } from './made-answers.js';

interface Standard {
  readonly jsonSchema: Record<'input' | 'output', (options: { target: string }) => Record<string, unknown>>;
  readonly validate: (value: unknown) => unknown;
}
const standardOf = (schema: z.ZodType) => advertise(schema)['~standard'] as unknown as Standard;
const TARGET = { target: 'draft-2020-12' };

describe('the shown schema of an answer', () => {
  it('allows what the whole schema allows, and still refuses another type or value', () => {
    const check = new Ajv2020({ strict: false }).compile(standardOf(report).jsonSchema.output(TARGET));
    const answer = reportWith('x');
    expect(check(answer), JSON.stringify(check.errors)).toBe(true);
    expect(check({ ...answer, checked_at: null })).toBe(true);
    for (const wrong of [{ tier: 'gold' }, { criteria: {} }, { checked_at: 3 }, { failure: 'x' }])
      expect(check({ ...answer, ...wrong }), JSON.stringify(wrong)).toBe(false);
  });

  it('has fields that are named as keywords are', () => {
    const named = z.object({ description: z.string(), required: z.number(), id: z.boolean() });
    expect(standardOf(named).jsonSchema.output(TARGET)['properties']).toEqual({
      description: { type: 'string' },
      required: { type: 'number' },
      id: { type: 'boolean' },
    });
  });

  it('is checked by the whole one', async () => {
    expect(await standardOf(report).validate({ tier: 'none' })).toHaveProperty('issues');
  });
});

describe('the shown schema of an input', () => {
  it('keeps descriptions, limits of numbers and what is required, and leaves out lengths', () => {
    const input = z.strictObject({
      slug: z.string().max(100).describe('the name'),
      n: z.int().max(30).optional(),
    });
    const shown = standardOf(input).jsonSchema.input(TARGET);
    expect(shown).toMatchObject({
      required: ['slug'],
      properties: { slug: { description: 'the name' }, n: { maximum: 30 } },
    });
    expect(shown).not.toHaveProperty('properties.slug.maxLength');
  });
});
