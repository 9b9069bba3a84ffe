/** Reads SCOPE.md: the sections it lacks, its capability blocks, and whether it says that there are no capabilities. */
import type { Fence, Heading } from './markdown.js';
import {
  type FoundPlaceholders,
  findPlaceholders,
  type ParsedFile,
  type Placeholder,
  parseFile,
  withoutPlaceholders,
} from './placeholders.js';
import { CAPABILITY_TYPES, capabilitySchema } from './schemas/capability.js';
import { firstFault } from './schemas/judge.js';
import { holdsAny, writtenLines } from './written.js';
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
  /** Whether no section holds anything, be it a placeholder. */
  readonly isEmpty: boolean;
  /** Sections that hold nothing but placeholders; they count as missing too. */
  readonly unfilled: readonly string[];
  readonly placeholders: readonly Placeholder[];
  /** The placeholders where capabilities are declared: in their section, or in a block. */
  readonly undeclared: readonly Placeholder[];
  readonly capabilities: readonly Capability[];
  readonly saysNone: boolean;
}

/** More blocks than repositories declare; the rest count as one that cannot be read. */
const MAX_BLOCKS = 200;

export function readScope(text: string): Scope {
  const parsed = parseFile(text);
  const { headings, fences } = parsed.markdown;
  const found = findPlaceholders(parsed);
  const sections = headings.filter(({ level }) => level === 2);
  const present = new Set(sections.map(({ title }) => title.toLowerCase()));
  const missing = SCOPE_HEADINGS.filter((heading) => !present.has(heading.toLowerCase()));
  return {
    missing,
    near: missing.flatMap((section) => nearHeading(section, headings) ?? []),
    ...judgeWritten(parsed, found),
    placeholders: found.placeholders,
    capabilities: readCapabilities(
      fences.filter(({ info }) => info === 'capability'),
      found,
    ),
    saysNone: sections.filter(isCapabilities).some((heading) => saysNone(heading, found)),
  };
}

function readCapabilities(blocks: readonly Fence[], found: FoundPlaceholders): Capability[] {
  const read = blocks
    .slice(0, MAX_BLOCKS)
    .map(({ line, text }) => readCapability(withoutPlaceholders(text, line + 1, found), line));
  const next = blocks[MAX_BLOCKS];
  if (next === undefined) return read;
  return [...read, { line: next.line, problem: `more than ${MAX_BLOCKS} capability blocks` }];
}

/** Whether anything is written, which sections hold nothing but placeholders, and which placeholders declare capabilities. */
function judgeWritten(
  parsed: ParsedFile,
  found: FoundPlaceholders,
): Pick<Scope, 'isEmpty' | 'unfilled' | 'undeclared'> {
  const { headings, fences, blocks } = parsed.markdown;
  const written = writtenLines(parsed, found);
  const marked = new Set(found.placeholders.map(({ line }) => line));
  const last = blocks.at(-1);
  const end = last === undefined ? 1 : last.line + last.content.split('\n').length;
  const titles = new Set<string>();
  const declaring = new Set<number>();
  // From the end, so that the end of each section is known.
  let to = end;
  for (const heading of headings.toReversed()) {
    const section = { from: heading.line, to };
    if (heading.level === 2 && holdsAny(marked, section) && !holdsAny(written, section))
      titles.add(heading.title.toLowerCase());
    if (heading.level === 2 && isCapabilities(heading))
      for (let at = section.from; at < section.to; at += 1) if (!found.examples.has(at)) declaring.add(at);
    if (heading.level <= 2) to = heading.line;
  }
  for (const { info, line, text } of fences)
    if (info === 'capability') for (const at of text.split('\n').keys()) declaring.add(line + 1 + at);
  // Headings alone from the first section on are a template from which the placeholders were deleted.
  const first = headings.find(({ level }) => level === 2);
  return {
    isEmpty: first !== undefined && found.count === 0 && !holdsAny(written, { from: first.line, to: end }),
    unfilled: SCOPE_HEADINGS.filter((name) => titles.has(name.toLowerCase())),
    undeclared: found.placeholders.filter(({ line }) => declaring.has(line)),
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
function saysNone({ paragraphs }: Heading, { covered }: FoundPlaceholders): boolean {
  return paragraphs.some(({ line, content }) =>
    content.split('\n').some((each, at) => !covered.has(line + at) && NONE.test(firstClause(each))),
  );
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
