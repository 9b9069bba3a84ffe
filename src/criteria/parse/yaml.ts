/** Parses a small YAML document of unknown origin, bounded in size, depth and time, without ever throwing. */
import { CORE_SCHEMA, load, YAMLException } from 'js-yaml';
import { endLinesAlike } from './text.js';

/** Largest document that is parsed, in bytes of UTF-8. */
export const MAX_YAML_BYTES = 16 * 1024;
/** Deepest nesting of lists and maps. */
export const MAX_YAML_DEPTH = 20;

export type YamlResult =
  | { readonly ok: true; readonly value: unknown }
  /** `line` counts from `firstLine` of {@link parseYaml}. */
  | { readonly ok: false; readonly reason: string; readonly line: number };

const TOO_DEEP = `the YAML is nested deeper than ${MAX_YAML_DEPTH} levels`;
const OPTIONS = {
  schema: CORE_SCHEMA,
  // A few aliases of aliases expand to millions of values, and the files that are judged here need none.
  maxAliases: 0,
  // It only bounds the parser's recursion, since it counts scalars and other steps too. `isTooDeep` is exact.
  maxDepth: MAX_YAML_DEPTH + 2,
};

/**
 * Parses one YAML document in the core schema. It refuses, with the reason: more than {@link MAX_YAML_BYTES}, aliases,
 * nesting beyond {@link MAX_YAML_DEPTH}, duplicate keys, several documents, and an empty text.
 * @param firstLine the number that the text's first line has in its file
 */
export function parseYaml(text: string, firstLine = 1): YamlResult {
  if (Buffer.byteLength(text) > MAX_YAML_BYTES)
    return { ok: false, reason: `the YAML is larger than ${MAX_YAML_BYTES} bytes`, line: firstLine };
  // The most frequent fault, here without the cost of an exception.
  if (text.trim() === '') return { ok: false, reason: 'the YAML is empty', line: firstLine };
  const first = attempt(text, firstLine);
  if (first.ok || !first.reason.startsWith(OUTDENTED)) return withAdvice(first, { text, firstLine });
  const second = attempt(indentClosings(text), firstLine);
  return withAdvice(second, { text, firstLine });
}

const OUTDENTED = 'deficient indentation';

/**
 * Indents the closing bracket of a flow list or map that has its own line, and replaces a tab before a value by a space:
 * YAML 1.2 demands both, and other parsers, PyYAML among them, do not. White space there is no part of any value.
 */
function indentClosings(text: string): string {
  const indent = ' '.repeat(MAX_YAML_DEPTH * 8);
  return text.replace(/^[ \t]*(?=[\]}])/gm, indent).replace(/^(\s*(?:- +)*[\w.-]+:)\t+(?=[[{"'])/gm, '$1 ');
}

function attempt(text: string, firstLine: number): YamlResult {
  try {
    const value = load(text, OPTIONS);
    return isTooDeep(value, 0) ? { ok: false, reason: TOO_DEEP, line: firstLine } : { ok: true, value };
  } catch (error) {
    // By its documentation, js-yaml may throw other exceptions than its own for a bad document.
    const known = error instanceof YAMLException ? error : undefined;
    const reason = known?.reason ?? 'the YAML cannot be read';
    return { ok: false, reason: plainReason(reason), line: firstLine + (known?.mark?.line ?? 0) };
  }
}

function withAdvice(
  result: YamlResult,
  of: { readonly text: string; readonly firstLine: number },
): YamlResult {
  if (result.ok) return result;
  const line = endLinesAlike(of.text).split('\n')[result.line - of.firstLine] ?? '';
  return { ...result, reason: adviseOnYaml(result.reason, line) };
}

/** A map that YAML gave, or undefined for any other value. Read its keys by {@link field}. */
export function asMap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** The value of a key that the file has: `constructor` and the like come from the prototype. */
export function field(map: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function plainReason(reason: string): string {
  if (reason.startsWith('aliases exceeded')) return 'YAML aliases are not accepted';
  if (reason.startsWith('nesting exceeded')) return TOO_DEEP;
  return reason;
}

function isTooDeep(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth >= MAX_YAML_DEPTH || Object.values(value).some((each) => isTooDeep(each, depth + 1));
}

const SPECIAL = /^(?:["'].*["']\s*\S|[@`%*&!|>[{?-](?:\s|\S))/;

/**
 * The reason why a document cannot be read, followed by what to type, which the parser's own reason often leaves open.
 * @param reason of the parser
 * @param line the text of the line that the parser names
 */
export function adviseOnYaml(reason: string, line: string): string {
  if (reason.startsWith('tab characters')) return `${reason}: indent with spaces`;
  const value = /^\s*(?:-\s+)*[\w.-]+:\s+(.*)$/.exec(line.slice(0, 500))?.[1];
  if (value === undefined) {
    return /^\s*(?:-\s+)*[\w.-]+:\S/.test(line.slice(0, 500))
      ? `${reason}: put a space after the colon`
      : reason;
  }
  if (/:(?:\s|$)/.test(value) && !/^["'[{]/.test(value))
    return `the value holds a colon and a space: put it in quotation marks`;
  if (SPECIAL.test(value))
    return `${reason}: put the whole value in quotation marks, since it starts with ${value.charAt(0)}`;
  return reason;
}
