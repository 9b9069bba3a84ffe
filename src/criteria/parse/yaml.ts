/** Parses a small untrusted YAML document, limited in size, depth and time, without throwing. */
import { CORE_SCHEMA, load, YAMLException } from 'js-yaml';
import { endLinesAlike } from './text.js';

/** Largest document that is parsed, in bytes of UTF-8. */
export const MAX_YAML_BYTES = 16 * 1024;
/** Deepest nesting of lists and maps. */
export const MAX_YAML_DEPTH = 20;

export type YamlResult =
  | { readonly ok: true; readonly value: unknown }
  /** `line` counts from `firstLine`. */
  | { readonly ok: false; readonly reason: string; readonly line: number };

const TOO_DEEP = `the YAML is nested deeper than ${MAX_YAML_DEPTH} levels`;
const OPTIONS = {
  schema: CORE_SCHEMA,
  // A few aliases of aliases expand to millions of values, and no judged file needs one.
  maxAliases: 0,
  // Only limits the parser's recursion: it counts scalars and, by style, other steps too. `isTooDeep` is exact.
  maxDepth: MAX_YAML_DEPTH + 2,
};

/**
 * Parses one YAML document in the core schema. Refused, with the reason: more than {@link MAX_YAML_BYTES}, aliases,
 * nesting beyond {@link MAX_YAML_DEPTH}, duplicate keys, several documents, and none at all.
 * @param firstLine the number of the text's first line in its file
 */
export function parseYaml(text: string, firstLine = 1): YamlResult {
  if (Buffer.byteLength(text) > MAX_YAML_BYTES)
    return { ok: false, reason: `the YAML is larger than ${MAX_YAML_BYTES} bytes`, line: firstLine };
  // Avoids the cost of an exception for the most common fault.
  if (text.trim() === '') return { ok: false, reason: 'the YAML is empty', line: firstLine };
  const first = attempt(text, firstLine);
  if (first.ok || !first.reason.startsWith(OUTDENTED)) return withAdvice(first, { text, firstLine });
  const second = attempt(indentClosings(text), firstLine);
  return withAdvice(second, { text, firstLine });
}

const OUTDENTED = 'deficient indentation';

/**
 * Indents the end of a flow list or map on a line of its own, and text after a tab, as YAML 1.2 requires. Other parsers,
 * such as PyYAML, do not require it. White space there is no part of any value.
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
    // js-yaml documents that a bad document may also cause exceptions other than its own.
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

/** A parsed map, or undefined for any other value. Read its keys through {@link field}. */
export function asMap(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** The value of a map's own key: `constructor` and the like come from the prototype and are not in the file. */
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

/* Says what to type where a YAML parser's own reason leaves that open. */

const SPECIAL = /^(?:["'].*["']\s*\S|[@`%*&!|>[{?-](?:\s|\S))/;

/**
 * The reason why a document cannot be parsed, with what to write instead.
 * @param reason the parser's
 * @param line the text of the line that it names
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
