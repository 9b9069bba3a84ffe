import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { SCHEMA_NAMES } from '../../../../../src/api/queries.js';
import { makeJsonSchemas } from '../../../../../src/criteria/parse/schemas/json-schemas.js';
import { distPath } from '../../../../../src/platform/process/package-root.js';

const folder = distPath('schemas');
const published = readdirSync(folder).map((file) => {
  const schema: Record<string, unknown> = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  return { name: file.replace(/\.json$/, ''), schema };
});

describe('the published schemas', () => {
  it('are those that are made, and those that are served', () => {
    expect(Object.fromEntries(published.map(({ name, schema }) => [name, schema]))).toEqual(
      makeJsonSchemas(),
    );
    expect(published.map(({ name }) => name).sort()).toEqual([...SCHEMA_NAMES].sort());
  });

  it.each(published)(
    'of $name keep the meta-schema of draft 2020-12, and the strict rules of Ajv',
    ({ schema }) => {
      const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
      expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema');
      expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true);
      expect(() => ajv.compile(schema)).not.toThrow();
    },
  );

  it.each(published)('of $name say to editors what it is, and what each key means', ({ name, schema }) => {
    expect(schema).toMatchObject({
      $id: `urn:doi-worker:schemas:${name}`,
      title: expect.any(String),
      description: expect.any(String),
    });
    const keys = propertiesIn(schema);
    expect(keys.length).toBeGreaterThan(3);
    expect(keys.filter(([, key]) => typeof key.description !== 'string').map(([key]) => key)).toEqual([]);
  });
});

/** All properties that a schema names, at any depth, each with its schema. */
function propertiesIn(schema: object): [string, { description?: unknown }][] {
  return Object.entries(schema).flatMap(([key, value]) => {
    if (typeof value !== 'object' || value === null) return [];
    return [...(key === 'properties' ? Object.entries(Object(value)) : []), ...propertiesIn(value)] as [
      string,
      { description?: unknown },
    ][];
  });
}
