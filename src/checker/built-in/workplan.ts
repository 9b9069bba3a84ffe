/** A workplan as its text gives it: front matter, and the task blocks below it. Nothing is judged here. */
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
  /** Whether there are more task blocks than were to be read. */
  readonly tasksCut: boolean;
  /** The number of the line at which a key of the front matter stands, else of the front matter's first. */
  readonly lineOf: (key: string) => number;
}

const NOT_READ = 'there is more YAML in all workplans together than is read';

// Parsing takes time, and most of what is long holds no task block.
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

/** A value as text: numbers and booleans as they are written, so that `title: 2026` is a title; anything else is none. */
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

/* How much of all workplans together is parsed: more than anybody writes, and checked within two seconds. */

/** Most task blocks that are read in one workplan, and in all. */
export const MAX_TASKS = 1_000;
export const MAX_TASKS_IN_ALL = 10_000;
/** Most YAML that is parsed in all, in bytes of UTF-8. Some documents take a hundred times as long as others of their size. */
export const MAX_YAML_IN_ALL = 1024 * 1024;

/** What is left of both. */
export class ParseBudget {
  #tasks = MAX_TASKS_IN_ALL;
  #bytes = MAX_YAML_IN_ALL;

  /** Takes what a piece of YAML needs. @returns whether that was left; where it was not, nothing is left for any other */
  take(yaml: string): boolean {
    const bytes = Buffer.byteLength(yaml);
    // What is larger is refused without being parsed.
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
