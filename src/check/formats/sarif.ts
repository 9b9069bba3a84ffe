/** The answer of a check as SARIF 2.1.0, which forges and editors show beside the lines that it is about. */
import type { Location, Log, Notification, ReportingDescriptor, Result } from 'sarif';
import { showJson } from '../../domain/shown-text.js';
import type { CriterionId } from '../../domain/verdict.js';
import type { CheckAnswer } from '../check-answer.js';
import { listProblems, type Problem, ruleOfCheck } from './problems.js';

/** What all paths are relative to: the root of the checkout. */
const ROOT = 'SRCROOT';
const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** One run. Its results are what is not met, and not what passes. */
export function formatSarif(answer: CheckAnswer): string {
  const problems = listProblems(answer);
  const rules = listRules(answer);
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const notJudged = answer.criteria.filter(({ status }) => status === 'skip');
  const log: Log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'doi', rules } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { [ROOT]: { uri: folderUri(answer.path) } },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: notJudged.map(({ id, detail }) => notify(id, detail)),
          },
        ],
        results: problems.map((problem) => toResult(problem, indexes.get(problem.rule) ?? -1)),
        properties: { repo_slug: answer.repo_slug, tier: answer.tier, required: answer.required },
      },
    ],
  };
  return showJson(log);
}

/** One rule for each criterion, and one for each check that has a finding. */
function listRules({ criteria, findings }: CheckAnswer): ReportingDescriptor[] {
  const checks = [...new Set(findings.map(({ check }) => check))];
  return [
    ...criteria.map(({ id, label, tier }) =>
      rule(id, label, `Criterion ${id} (${label}) of the Definition of Integrated, needed for ${tier}.`),
    ),
    ...checks.map((check) =>
      rule(
        ruleOfCheck(check),
        `Check ${check}`,
        `Check ${check} of the checker of workplans, for C7 and C13.`,
      ),
    ),
  ];
}

function rule(id: string, short: string, full: string): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: plainMessage(short) },
    fullDescription: { text: plainMessage(full) },
    help: { text: 'docs/criteria.md of doi-worker says what it wants.' },
  };
}

function notify(id: CriterionId, detail: string): Notification {
  return { level: 'note', message: { text: plainMessage(detail) }, associatedRule: { id } };
}

function toResult(problem: Problem, ruleIndex: number): Result {
  const { rule: ruleId, level, message, remedy, fingerprint, accepted } = problem;
  const text = remedy === null ? message : `${message} ${remedy}`;
  return {
    ruleId,
    ruleIndex,
    level,
    message: { text: plainMessage(text) },
    locations: [toLocation(problem)],
    ...(accepted === null ? {} : { baselineState: accepted ? 'unchanged' : 'new' }),
    // The first is the name that GitHub compares; without it, its upload would digest the line.
    partialFingerprints: { primaryLocationLineHash: fingerprint, 'doi/v1': fingerprint },
  };
}

/** The file and line, else the root. */
function toLocation({ location }: Problem): Location {
  const uri = location === null ? './' : location.file.split('/').map(encodeSegment).join('/');
  const region = location?.line == null ? {} : { region: { startLine: location.line } };
  return { physicalLocation: { artifactLocation: { uri, uriBaseId: ROOT }, ...region } };
}

function folderUri(path: string): string {
  const encoded = path.split('/').map(encodeSegment).join('/');
  return `file://${encoded.endsWith('/') ? encoded : `${encoded}/`}`;
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment.toWellFormed());
}

/** A text in which a viewer takes nothing for a link, `[text](target)` in SARIF, or for the place of an argument, `{0}`. */
function plainMessage(text: string): string {
  return text.toWellFormed().replaceAll('](', '] (').replace(/[{}]/g, '$&$&');
}
