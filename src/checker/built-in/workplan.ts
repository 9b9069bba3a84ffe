/** Parses a workplan: its front matter and its task blocks, within a budget for all workplans. The checks judge them. */
import { splitFrontMatter } from '../../criteria/parse/front-matter.js';
import { type Markdown, readMarkdown } from '../../criteria/parse/markdown.js';
import {
  findPlaceholders,
  PLACEHOLDER_MARK,
  type Placeholder,
  withoutPlaceholders,
} from '../../criteria/parse/placeholders.js';
import { splitLines } from '../../criteria/parse/text.js';
import { asMap, field, MAX_YAML_BYTES, parseYaml } from '../../criteria/parse/yaml.js';

/** A file of the workplans folder, its path relative to the checkout. */
export interface WorkplanFile {
  readonly path: string;
  readonly content:
    | { readonly state: 'present'; readonly text: string }
    | { readonly state: 'rejected'; readonly reason: string };
}

/** What a piece of YAML holds, or why it cannot be read. */
export type Fields =
  | { readonly ok: true; readonly get: (key: string) => unknown }
  | { readonly ok: false; readonly reason: string; readonly line: number };

export interface TaskBlock {
  /** The number of the opening fence's line. */
  readonly line: number;
  readonly fields: Fields;
}

export interface Workplan {
  readonly path: string;
  /** Whether the text begins as front matter does, readable or not. */
  readonly hasFrontMatter: boolean;
  readonly fields: Fields;
  readonly tasks: readonly TaskBlock[];
  /** Whether some task blocks were not read, because of the limits below. */
  readonly tasksCut: boolean;
  /** What is still to be written. Its lines are not read. */
  readonly placeholders: readonly Placeholder[];
  /** How many more there are, over the limit for all workplans. */
  readonly placeholdersCut: number;
  /** The line number of a key of the front matter; 1 for a key that is not there. */
  readonly lineOf: (key: string) => number;
}

const NOT_READ = 'there is more YAML in all workplans together than is read';

// Parsing Markdown takes time, and most long texts hold no task block.
const MAY_HOLD_TASKS = /(?:`{3}|~{3})[ \t]*task/;

const NO_MARKDOWN: Markdown = { headings: [], fences: [], blocks: [] };

/** Parses a workplan's text, as far as the budget for all workplans allows. */
export function parseWorkplan(path: string, text: string, budget: ParseBudget): Workplan {
  const front = splitFrontMatter(text);
  const body = front.found ? { text: front.body, line: front.bodyLine } : { text, line: 1 };
  const isNeeded = MAY_HOLD_TASKS.test(body.text) || body.text.includes(PLACEHOLDER_MARK);
  const markdown = isNeeded ? readMarkdown(body.text, body.line) : NO_MARKDOWN;
  const found = findPlaceholders({ front, markdown }, budget.placeholders);
  const { placeholders, count } = found;
  budget.placeholders -= placeholders.length;
  const fields = front.found
    ? readFront(withoutPlaceholders(front.yaml, front.yamlLine, found), front.yamlLine, budget)
    : ({ ok: false, reason: front.reason, line: 1 } as const);
  const blocks = markdown.fences.filter(({ info }) => info === 'task');
  const tasks: TaskBlock[] = [];
  for (const { line, text: yaml } of blocks) {
    if (tasks.length === MAX_TASKS || !budget.takeTask(yaml)) break;
    tasks.push({ line, fields: readFields(withoutPlaceholders(yaml, line + 1, found), line + 1) });
  }
  return {
    path,
    hasFrontMatter: text.startsWith('---'),
    fields,
    tasks,
    tasksCut: tasks.length < blocks.length,
    placeholders,
    placeholdersCut: count - placeholders.length,
    lineOf: (key) => {
      const index = front.found ? splitLines(front.yaml).findIndex((line) => line.startsWith(`${key}:`)) : -1;
      return index === -1 ? 1 : index + 2;
    },
  };
}

function readFront(yaml: string, line: number, budget: ParseBudget): Fields {
  return budget.take(yaml) ? readFields(yaml, line) : { ok: false, reason: NOT_READ, line };
}

/** A value as text: a number or boolean too, so that `title: 2026` is a title; undefined for any other value. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  return String(value).trim() || undefined;
}

/** The text that a key holds; undefined where it is missing, empty, a list or a map, or where the YAML does not parse. */
export function textField(fields: Fields, key: string): string | undefined {
  return fields.ok ? textOf(fields.get(key)) : undefined;
}

function readFields(yaml: string, line: number): Fields {
  const parsed = parseYaml(yaml, line);
  if (!parsed.ok) return parsed;
  const map = asMap(parsed.value);
  if (map === undefined) return { ok: false, reason: 'it is not a map of keys to values', line };
  return { ok: true, get: (key) => field(map, key) };
}

// The limits on parsing: more than people write, and little enough to be checked within two seconds.
/** How many task blocks are read in one workplan, and in all together. */
export const MAX_TASKS = 1_000;
export const MAX_TASKS_IN_ALL = 10_000;
/** How much YAML is parsed in all, in bytes of UTF-8. Some documents take a hundred times as long as others of their size. */
export const MAX_YAML_IN_ALL = 1024 * 1024;

/** How many placeholders are read in all: many more than are listed. */
export const MAX_PLACEHOLDERS_IN_ALL = 10_000;

/** The task blocks and the bytes of YAML that may still be parsed, and the placeholders that may be read. */
export class ParseBudget {
  #tasks = MAX_TASKS_IN_ALL;
  #bytes = MAX_YAML_IN_ALL;
  placeholders = MAX_PLACEHOLDERS_IN_ALL;

  /** Takes the bytes of a piece of YAML. @returns whether so many were left; once they were not, no other piece is parsed */
  take(yaml: string): boolean {
    const bytes = Buffer.byteLength(yaml);
    // A larger piece is refused without parsing, and so takes nothing.
    if (bytes <= MAX_YAML_BYTES) this.#bytes -= bytes;
    if (this.#bytes < 0) this.#tasks = 0;
    return this.#bytes >= 0;
  }

  /** Takes one task block and the bytes of its YAML. @returns as `take` does */
  takeTask(yaml: string): boolean {
    this.#tasks -= 1;
    return this.#tasks >= 0 && this.take(yaml);
  }
}
