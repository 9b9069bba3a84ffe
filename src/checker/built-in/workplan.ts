/** Parses a workplan's text: front matter, and the task blocks below it. It judges nothing. */
import { splitFrontMatter } from '../../criteria/parse/front-matter.js';
import { readMarkdown } from '../../criteria/parse/markdown.js';
import { splitLines } from '../../criteria/parse/text.js';
import { asMap, field, MAX_YAML_BYTES, parseYaml } from '../../criteria/parse/yaml.js';

/** A file of the workplans folder, its path relative to the checkout. */
export interface WorkplanFile {
  readonly path: string;
  readonly content:
    | { readonly state: 'present'; readonly text: string }
    | { readonly state: 'rejected'; readonly reason: string };
}

/** The map of a piece of YAML, or why it cannot be parsed. */
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
  /** Whether the text begins with front matter, valid or not. */
  readonly hasFrontMatter: boolean;
  readonly fields: Fields;
  readonly tasks: readonly TaskBlock[];
  /** Whether there are more task blocks than the limit. */
  readonly tasksCut: boolean;
  /** The line number of a key of the front matter, else of the front matter's first line. */
  readonly lineOf: (key: string) => number;
}

const NOT_READ = 'there is more YAML in all workplans together than is read';

// Parsing takes time, and most long texts hold no task block.
const MAY_HOLD_TASKS = /(?:`{3}|~{3})[ \t]*task/;

/** Parses a workplan's text, as far as the budget of all workplans allows. */
export function parseWorkplan(path: string, text: string, budget: ParseBudget): Workplan {
  const front = splitFrontMatter(text);
  const fields = front.found
    ? readFront(front.yaml, front.yamlLine, budget)
    : ({ ok: false, reason: front.reason, line: 1 } as const);
  const body = front.found ? { text: front.body, line: front.bodyLine } : { text, line: 1 };
  const fences = MAY_HOLD_TASKS.test(body.text) ? readMarkdown(body.text, body.line).fences : [];
  const blocks = fences.filter(({ info }) => info === 'task');
  const tasks: TaskBlock[] = [];
  for (const { line, text: yaml } of blocks) {
    if (tasks.length === MAX_TASKS || !budget.takeTask(yaml)) break;
    tasks.push({ line, fields: readFields(yaml, line + 1) });
  }
  return {
    path,
    hasFrontMatter: text.startsWith('---'),
    fields,
    tasks,
    tasksCut: tasks.length < blocks.length,
    lineOf: (key) => {
      const index = front.found ? splitLines(front.yaml).findIndex((line) => line.startsWith(`${key}:`)) : -1;
      return index === -1 ? 1 : index + 2;
    },
  };
}

function readFront(yaml: string, line: number, budget: ParseBudget): Fields {
  return budget.take(yaml) ? readFields(yaml, line) : { ok: false, reason: NOT_READ, line };
}

/** A value as text: numbers and booleans as they are written, so that `title: 2026` is a title; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  return String(value).trim() || undefined;
}

/** The text of a key; undefined if it is missing, empty, a list or a map, or if the YAML does not parse. */
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

// The limits for all workplans together: more than any project has, and checked within two seconds.

/** The most task blocks that are parsed in one workplan, and in all. */
export const MAX_TASKS = 1_000;
export const MAX_TASKS_IN_ALL = 10_000;
/** The most YAML that is parsed in all, in bytes of UTF-8. Some documents take a hundred times as long as others of their size. */
export const MAX_YAML_IN_ALL = 1024 * 1024;

/** The remaining part of both limits. */
export class ParseBudget {
  #tasks = MAX_TASKS_IN_ALL;
  #bytes = MAX_YAML_IN_ALL;

  /** Takes what a piece of YAML needs. @returns whether it was left; if not, nothing is left for any other piece */
  take(yaml: string): boolean {
    const bytes = Buffer.byteLength(yaml);
    // A larger piece is refused without being parsed.
    if (bytes <= MAX_YAML_BYTES) this.#bytes -= bytes;
    if (this.#bytes < 0) this.#tasks = 0;
    return this.#bytes >= 0;
  }

  /** The same for a task block. */
  takeTask(yaml: string): boolean {
    this.#tasks -= 1;
    return this.#tasks >= 0 && this.take(yaml);
  }
}
