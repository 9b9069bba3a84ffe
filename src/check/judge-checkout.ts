/** Judges one checkout by the same criteria as a worker, without database and queue. */
import { basename } from 'node:path';
import pLimit from 'p-limit';
import { type Environment, probeIsolation } from '../checker/isolation.js';
import { runChecker } from '../checker/run-checker.js';
import { findCheckout } from '../checkout/find-checkout.js';
import { type FoundRemote, findRemote } from '../checkout/read-git-remote.js';
import { realFolder } from '../checkout/real-folder.js';
import { ownUrlRules } from '../checkout/short-remotes.js';
import { CRITERIA } from '../criteria/index.js';
import { pathArgument } from '../criteria/judgement.js';
import { dropCredentials } from '../domain/drop-credentials.js';
import { CONTENT_KEYS, type Finding, type Findings, type InputValues } from '../domain/input.js';
import { cleanText } from '../domain/text.js';
import type { AnyCriterion, CriterionId, Verdict } from '../domain/verdict.js';
import { type LoadedInputs, loadInputs } from '../inputs/load/load-inputs.js';
import type { Config } from '../platform/config.js';
import { makeSlug, requireSlug } from '../registry/slug.js';
import { type Locations, locateCriteria, relativeFinding } from './locate-criteria.js';
import { REGISTRY_OPTIONS } from './registry-options.js';

/** A checkout to judge, and what a registry would say of it; a criterion whose option is missing is not judged. */
export interface CheckOptions {
  /** The checkout, or a folder within it. */
  readonly path: string;
  readonly slug?: string;
  readonly remote?: string;
  readonly domain?: { readonly slug: string; readonly status: string };
  readonly goalActive?: number;
  readonly sbom?: string;
  readonly tpsc?: number;
}

export interface JudgedCheckout {
  /** The real path of the checkout. */
  readonly path: string;
  readonly slug: string;
  /** All fourteen, in order; `skip` for those in `notJudged`. */
  readonly verdicts: readonly Verdict[];
  readonly notJudged: readonly CriterionId[];
  /** What the checker found, each file by its path within the checkout; empty where it could not be started. */
  readonly findings: readonly Finding[];
  readonly locations: Locations;
  /** The remote, without credentials where it is clear which part they are. */
  readonly remote: string | null;
  /** The criteria that fail only because of what an option says of the registry. */
  readonly failByOption: readonly CriterionId[];
}

interface JudgeDeps {
  readonly config: Pick<Config, 'checker' | 'checkTimeoutMs' | 'checkUser' | 'host'>;
  /** The environment of this process, of which the checker gets only a few variables. */
  readonly environment: Environment;
  /** Ends the checker's program. */
  readonly signal?: AbortSignal;
}

/**
 * Judges a checkout as it is now.
 * @throws {DoiError} `not_a_folder`, `not_a_repository`; any error of reading a file or of running the checker, since an
 *   error is not a verdict; the signal's reason where that was aborted.
 */
export async function judgeCheckout(options: CheckOptions, judging: JudgeDeps): Promise<JudgedCheckout> {
  const path = findCheckout(await realFolder(options.path));
  const found =
    options.remote === undefined ? await findRemote(path, ownUrlRules(judging.environment)) : null;
  // A remote that may not be stored is judged unchanged; C4 then says what is wrong with it, without showing it.
  const given = options.remote ?? found?.url ?? null;
  const remote = given && (dropCredentials(given) ?? given);
  const slug = options.slug === undefined ? makeSlug(basename(path)) : requireSlug(options.slug);
  const loaded = loadInputs({ path }, CONTENT_KEYS);
  const findings = await findFindings({ path, slug }, loaded, judging);
  const values: InputValues = {
    ...registryValues(options, { path, slug, remote, host: judging.config.host }),
    'SCOPE.md': valueIn(loaded['SCOPE.md']),
    'CLAUDE.md': valueIn(loaded['CLAUDE.md']),
    'tpsc.yaml': valueIn(loaded['tpsc.yaml']),
    '.claude/CLAUDE.md': valueIn(loaded['.claude/CLAUDE.md']),
    '.claude/rules': valueIn(loaded['.claude/rules']),
    checkout: { state: 'present', host: judging.config.host, path },
    findings,
  };
  const judged = CRITERIA.map((criterion) => judgeOne(criterion, values, options));
  const verdicts = judged.map(({ verdict }) => explainNoRemote(verdict, found));
  return {
    path,
    slug,
    verdicts,
    notJudged: judged.filter(({ known }) => !known).map(({ verdict }) => verdict.id),
    findings: findings.state === 'checked' ? findings.findings.map((one) => relativeFinding(one, path)) : [],
    locations: locateCriteria(values, verdicts),
    remote,
    failByOption: judged.filter(({ byOption }) => byOption).map(({ verdict }) => verdict.id),
  };
}

function valueIn<V>(loaded: { readonly value: V } | undefined): V {
  if (loaded === undefined) throw new Error('The loader left out an input.');
  return loaded.value;
}

async function findFindings(
  { path, slug }: { path: string; slug: string },
  loaded: LoadedInputs,
  { config, environment, signal }: JudgeDeps,
): Promise<Findings> {
  const workplans = valueIn(loaded.workplans);
  if ('rejected' in workplans) return { state: 'rejected', reason: workplans.rejected };
  const isolation = await probeIsolation(environment);
  const { checker: settings, checkTimeoutMs: timeoutMs, checkUser } = config;
  const running = { timeoutMs, limit: pLimit(1), isolation, environment, checkUser, signal };
  const { findings } = await runChecker({ ...running, settings, path, slug });
  return { state: 'checked', findings };
}

interface Known {
  readonly path: string;
  readonly slug: string;
  readonly remote: string | null;
  readonly host: string;
}

/** What the registry would say. {@link judgeOne} does not judge a criterion by a value for which no option was given. */
function registryValues(
  options: CheckOptions,
  { path, slug, remote, host }: Known,
): Pick<InputValues, 'repo' | 'domain' | 'goal' | 'tpsc'> {
  return {
    repo: {
      slug,
      name: basename(path) || slug,
      domainId: options.domain === undefined ? null : options.domain.slug,
      localPath: null,
      remoteUrl: remote,
      hostPaths: { [host]: path },
      lastSbomAt: options.sbom ?? null,
    },
    domain: options.domain ?? null,
    goal: { active: options.goalActive ?? 0 },
    // One snapshot unless given: what C9 then finds wrong is wrong in the checkout itself.
    tpsc: { snapshots: options.tpsc ?? 1 },
  };
}

const WHY_NOT: Readonly<Partial<Record<CriterionId, string>>> = {
  C9: 'tpsc.yaml is valid, but the snapshot was not judged: no registry here',
};

function judgeOne(
  criterion: AnyCriterion,
  values: InputValues,
  options: CheckOptions,
): { readonly verdict: Verdict; readonly known: boolean; readonly byOption?: boolean } {
  const { id, label, tier } = criterion;
  const needs = REGISTRY_OPTIONS[id];
  const inFile =
    id === 'C9' && criterion.judgeDeclared({ ...values, tpsc: { snapshots: 1 } }).status === 'fail';
  if (needs === undefined || inFile || options[needs.key] !== undefined) {
    const verdict = criterion.judgeDeclared(values);
    return { verdict, known: true, byOption: needs !== undefined && !inFile && verdict.status === 'fail' };
  }
  const detail = `${WHY_NOT[id] ?? 'Not judged: no registry here'}; give ${needs.option}.`;
  const remedy = `Register the repository (\`doi register ${pathArgument(values.repo)}\`), or give the option.`;
  return { verdict: { id, label, tier, status: 'skip', detail, remedy }, known: false };
}

/** C4 judges only that there is no remote; the checkout's configuration says why. */
function explainNoRemote(verdict: Verdict, remote: FoundRemote | null): Verdict {
  if (verdict.id !== 'C4' || remote?.url !== null || remote.problem === undefined) return verdict;
  const { note, remedy } = remote.problem;
  return {
    ...verdict,
    detail: cleanText(`No remote is set. ${note}`),
    // Other messages put a command in quotation marks.
    remedy: remedy === undefined ? verdict.remedy : cleanText(remedy.replace(/"(git [^"]+)"/g, '`$1`')),
  };
}
