/** Tests of the OpenAPI document: it is valid, complete, and its examples are of its schemas. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { makeDocument, PATHS, readExamples } from '../../../src/api/document.js';

const examples = readExamples();
const make = () => makeDocument({ version: '1.2.3', publicUrl: '/', examples });
const operations = Object.values(PATHS).flatMap(({ get, post }) =>
  [get, post].filter((one): one is ZodOpenApiOperationObject => one !== undefined),
);

describe('the document', () => {
  it('is valid by the schema of OpenAPI 3.1, and the same each time', async () => {
    const validator = new Validator();
    expect(await validator.validate(make() as never)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(JSON.stringify(make())).toBe(JSON.stringify(make()));
  });

  it('has each operation once, with a summary and its problems', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operationId, summary, responses } of operations) {
      expect(summary, operationId).toMatch(/\.$/);
      expect(
        Object.keys(responses).some((status) => status.startsWith('4')),
        operationId,
      ).toBe(true);
    }
  });

  it('has each schema once', () => {
    const text = JSON.stringify(make().paths);
    expect(text).toContain('"$ref":"#/components/schemas/Report"');
    expect(text).not.toContain('"stale_reasons":{');
  });
});

describe('the examples', () => {
  it('match the schema of their answer', () => {
    expect(examples.length).toBeGreaterThan(15);
    for (const { operation, name, status, type, answer } of examples) {
      const { responses } = operations.find(({ operationId }) => operationId === operation) ?? {
        responses: {},
      };
      const response = (responses as Record<string, ZodOpenApiResponseObject>)[status];
      const schema = response?.content?.[type as 'application/json']?.schema;
      expect(schema, `${operation} ${name}`).toBeInstanceOf(z.ZodType);
      (schema as z.ZodType).parse(answer);
    }
  });

  it('cover each operation except the document itself and the metrics', () => {
    const shown = new Set(examples.filter(({ status }) => status < 300).map(({ operation }) => operation));
    const ids = operations
      .map(({ operationId }) => operationId ?? '')
      .filter((id) => !['readOpenApi', 'readMetrics'].includes(id));
    expect([...shown].sort()).toEqual([...ids].sort());
  });
});
