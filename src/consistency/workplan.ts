/** A workplan as its text gives it: front matter, and the task blocks below it. Nothing is judged here. */
import { splitFrontMatter } from '../criteria/parse/front-matter.js';
import { scanMarkdown, splitLines } from '../criteria/parse/markdown.js';
import { asMap, field, parseYaml } from '../criteria/parse/yaml.js';

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
  readonly fields: Fields;
  readonly tasks: readonly TaskBlock[];
  /** Whether there are more task blocks than were to be read. */
  readonly tasksCut: boolean;
  /** The number of the line at which a key of the front matter stands, else of the front matter's first. */
  readonly lineOf: (key: string) => number;
}

/** Parses a workplan's text, of its task blocks at most `maxTasks`. */
export function parseWorkplan(path: string, text: string, maxTasks: number): Workplan {
  const front = splitFrontMatter(text);
  const body = front.found ? scanMarkdown(front.body, front.bodyLine) : scanMarkdown(text);
  const blocks = body.fences.filter(({ info }) => info === 'task');
  return {
    path,
    fields: front.found
      ? readFields(front.yaml, front.yamlLine)
      : { ok: false, reason: front.reason, line: 1 },
    tasks: blocks
      .slice(0, maxTasks)
      .map((block) => ({ line: block.line, fields: readFields(block.text, block.line + 1) })),
    tasksCut: blocks.length > maxTasks,
    lineOf: (key) => {
      const index = front.found ? splitLines(front.yaml).findIndex((line) => line.startsWith(`${key}:`)) : -1;
      return index === -1 ? 1 : index + 2;
    },
  };
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
