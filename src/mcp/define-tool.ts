/** How a tool is defined and added to a server: its schemas are checked, its answer fits, and an error says what to do. */
import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { DoiError } from '../domain/errors.js';
import { advertise } from './advertised-schema.js';
import type { ApiReads } from './api-reads.js';
import { fitAnswer, type MakeFields } from './fit-answer.js';
import { NOTICE, ownText, repositoryText } from './repository-text.js';

export interface ToolDeps {
  readonly reads: ApiReads;
  /** Receives an error that is a fault of this program. */
  readonly onFault: (error: unknown) => void;
}

export interface Tool<Input extends z.ZodType, Output extends z.ZodType> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  /** Whether it changes nothing. */
  readonly isReadOnly: boolean;
  readonly run: (input: z.output<Input>, reads: ApiReads, signal: AbortSignal) => Promise<MakeFields>;
}

/** Adds a tool to a server. */
export type AddTool = (server: McpServer, deps: ToolDeps) => void;

/** The schema of an answer: fields that {@link fitAnswer} adds, and its own. */
export function answerSchema<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject({ notice: z.string(), ...shape, cut: z.array(z.string()).optional() });
}

export function defineTool<Input extends z.ZodType, Output extends z.ZodType>(
  tool: Tool<Input, Output>,
): AddTool {
  const { name, title, description, isReadOnly } = tool;
  const inputSchema = advertise<z.ZodType>(tool.input);
  const outputSchema = advertise<z.ZodType>(tool.output);
  // No tool destroys anything or reaches beyond the server, and calling one twice does no more than calling it once.
  const hints = isReadOnly ? {} : { destructiveHint: false, idempotentHint: true };
  const annotations = { readOnlyHint: isReadOnly, openWorldHint: false, ...hints };
  return (server, { reads, onFault }) => {
    server.registerTool(
      name,
      { title, description, inputSchema, outputSchema, annotations },
      async (input, context) => {
        const { signal } = context.mcpReq;
        try {
          const make = await tool.run(input as z.output<Input>, reads, signal);
          return toResult(fitAnswer(make, (answer) => JSON.stringify(toResult(answer))));
        } catch (error) {
          // A call that was cancelled is answered by nothing, and what ended it is no fault.
          return toErrorResult(error, signal.aborted ? () => {} : onFault);
        }
      },
    );
  };
}

/** The answer in both forms that clients read: as a structure, and the same as text. */
function toResult(answer: object): CallToolResult {
  return {
    content: [{ type: 'text', text: JSON.stringify(answer) }],
    structuredContent: answer as Record<string, unknown>,
  };
}

const MAX_ERROR = 500;

/** What was found, and what to do. The first may quote a repository. */
export function describeError(error: unknown, onFault: ToolDeps['onFault']): string {
  if (error instanceof DoiError) {
    const found = repositoryText(error.message, MAX_ERROR);
    return `${NOTICE}\n${error.code}: ${found}\n${ownText(error.remedy, MAX_ERROR)}`;
  }
  onFault(error);
  return 'internal: This is a fault of doi-worker.\nIts log says more.';
}

function toErrorResult(error: unknown, onFault: ToolDeps['onFault']): CallToolResult {
  return { content: [{ type: 'text', text: describeError(error, onFault) }], isError: true };
}
