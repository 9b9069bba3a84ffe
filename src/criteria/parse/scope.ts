/** Reads SCOPE.md: the sections it lacks, its capability blocks, and whether it says that there are no capabilities. */
import { splitFrontMatter } from './front-matter.js';
import { type Heading, readMarkdown } from './markdown.js';
import { CAPABILITY_TYPES, capabilitySchema } from './schemas/capability.js';
import { firstFault } from './schemas/judge.js';
import { parseYaml } from './yaml.js';

/** The level-2 headings that SCOPE.md must have; white space around them and case do not count. */
export const SCOPE_HEADINGS = [
  'One-liner',
  'Core Idea',
  'In Scope',
  'Out of Scope',
  'Relevant When',
  'Not Relevant When',
  'Current State',
  'How It Fits',
  'Terminology',
  'Related / Overlapping',
  'Provided Capabilities',
] as const;

/** A fenced `capability` block; `problem` says why it cannot be read, at `line` of the file. */
export interface Capability {
  readonly line: number;
  readonly problem?: string;
}

/** A heading that is probably meant for a missing section. */
export interface NearHeading {
  readonly section: string;
  readonly line: number;
  /** The heading as the file has it. */
  readonly found: string;
}

export interface Scope {
  readonly missing: readonly string[];
  /** A heading that is near to a missing section, where there is one. */
  readonly near: readonly NearHeading[];
  readonly capabilities: readonly Capability[];
  readonly saysNone: boolean;
}

/** More blocks than repositories declare; the rest count as one that cannot be read. */
const MAX_BLOCKS = 200;

export function readScope(text: string): Scope {
  const front = splitFrontMatter(text);
  const { headings, fences } = front.found ? readMarkdown(front.body, front.bodyLine) : readMarkdown(text);
  const sections = headings.filter(({ level }) => level === 2);
  const present = new Set(sections.map(({ title }) => title.toLowerCase()));
  const missing = SCOPE_HEADINGS.filter((heading) => !present.has(heading.toLowerCase()));
  const blocks = fences.filter(({ info }) => info === 'capability');
  const capabilities = blocks.slice(0, MAX_BLOCKS).map(({ line, text: yaml }) => readCapability(yaml, line));
  const next = blocks[MAX_BLOCKS];
  if (next !== undefined)
    capabilities.push({ line: next.line, problem: `more than ${MAX_BLOCKS} capability blocks` });
  return {
    missing,
    near: missing.flatMap((section) => nearHeading(section, headings) ?? []),
    capabilities,
    saysNone: sections.filter(isCapabilities).some(saysNone),
  };
}

/** The first heading of any level with the same letters. */
function nearHeading(section: string, headings: readonly Heading[]): NearHeading | undefined {
  const letters = lettersOf(section);
  const near = headings.find(({ title }) => lettersOf(title) === letters);
  return near && { section, line: near.line, found: `${'#'.repeat(near.level)} ${near.title}` };
}

function lettersOf(title: string): string {
  return title.replace(/\P{L}/gu, '').toLowerCase();
}

function readCapability(yaml: string, line: number): Capability {
  const parsed = parseYaml(yaml, line + 1);
  if (!parsed.ok) return { line: parsed.line, problem: parsed.reason };
  const problem = capabilityProblem(parsed.value);
  return problem === undefined ? { line } : { line, problem };
}

function capabilityProblem(value: unknown): string | undefined {
  const fault = firstFault(capabilitySchema, value);
  if (fault === undefined) return undefined;
  switch (fault[0]) {
    case undefined:
      return 'it is not a map of keys to values';
    case 'type':
      return `\`type\` is none of ${CAPABILITY_TYPES.join(', ')}`;
    case 'title':
      return '`title` is missing or not a text';
    case 'keywords':
      return '`keywords` is not a list of texts';
    default:
      return `\`${String(fault[0])}\` is not a text`;
  }
}

function isCapabilities({ title }: Heading): boolean {
  return title.toLowerCase() === 'provided capabilities';
}

const NONE =
  /^(?:(?:currently|at present|for now|so far|there (?:are|is)|this repository (?:has|provides)) )?(?:none|nothing|no (?:provided )?capabilities|not applicable|n\/a)(?: (?:yet|so far|at this time|at present|at the moment|currently|for now|provided|declared|to declare|here))*$/;

/** Whether a heading's own lines say that there is nothing. Under a deeper heading, "None" is about something else. */
function saysNone({ lines }: Heading): boolean {
  return lines.some((line) => NONE.test(firstClause(line)));
}

/** A line up to its first punctuation mark, without emphasis and without a bracket at its start, in lower case. */
function firstClause(line: string): string {
  // Cut first, since a phrase that says "none" is short.
  const words = line
    .trim()
    .slice(0, 200)
    .replace(/[*_`]/g, '')
    .trim()
    .replace(/^[(•]\s*/, '');
  return (words.split(/[.,;:!()—–]|\s-\s/, 1)[0] ?? '').trim().toLowerCase();
}
