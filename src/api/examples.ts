/** Examples of answers, recorded from a real service: a test makes each request again and holds the answer against them. */
import { readFileSync } from 'node:fs';
import { distPath } from '../platform/package-root.js';

/** One request and its answer. */
export interface Example {
  /** The id of its operation. */
  readonly operation: string;
  readonly name: string;
  readonly request: string;
  readonly status: number;
  readonly type: string;
  readonly answer: unknown;
}

interface Operation {
  readonly operationId?: string | undefined;
  readonly responses?: unknown;
}

/** All that were recorded. */
export function readExamples(): Example[] {
  return JSON.parse(readFileSync(distPath('api/examples.json'), 'utf8'));
}

/**
 * Puts each example to the answer that it is one of.
 * @throws {Error} for an example of an answer that the operation does not have
 */
export function addExamples(operations: readonly Operation[], examples: readonly Example[]): void {
  for (const { operation: id, name, request, status, type, answer } of examples) {
    const operation = operations.find(({ operationId }) => operationId === id);
    const responses = operation?.responses as Responses | undefined;
    const content = responses?.[status]?.content?.[type];
    if (content === undefined) throw new Error(`${id} has no answer ${status} of ${type}.`);
    content.examples = { ...content.examples, [name]: { summary: request, value: answer } };
  }
}

type Responses = Record<string, { content?: Record<string, { examples?: Record<string, object> }> }>;
