/** Runs the steps of this project's action, component and hook as a forge's runner would: as much of one as these files use. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { packageRoot } from '../../src/platform/process/package-root.js';
import {
  action,
  component,
  hooks,
  type Inputs,
  pipeline,
  type Step,
  type Texts,
  workflow,
} from './forge-files.js';
import { type Ended, startProgram } from './programs.js';

/** The folder in which a build runs, and the environment of the runner. */
export interface Runner {
  readonly workspace: string;
  readonly temp: string;
  readonly env: Texts;
}

export interface BuildResult extends Ended {
  readonly outputs: Texts;
  readonly summary: string;
}

const read = (file: string) => readFile(join(packageRoot, file), 'utf8');

/** Runs a script as a runner does: it fails at the first command that fails. */
export function runScript(runner: Runner, script: string, env: Texts = {}): Promise<Ended> {
  const argv = ['bash', '--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
  return startProgram(argv, { ...runner.env, ...env }, { cwd: runner.workspace }).done;
}

/** Runs the action, with these inputs. */
export async function runAction(runner: Runner, given: Texts): Promise<BuildResult> {
  const { inputs: known, outputs, runs } = action.parse(load(await read('action.yml')));
  const values = withDefaults(known, given, 'inputs.');
  const result = await runSteps(runner, runs.steps, { ...values, 'github.action_path': packageRoot });
  const named = Object.entries(outputs).map(([name, { value }]) => [name, fill(value, result.outputs)]);
  return { ...result, outputs: Object.fromEntries(named) };
}

/** Runs the job of a workflow; `onAction` says what an action of another project does. */
export async function runWorkflow(
  runner: Runner,
  text: string,
  onAction: (uses: string, given: Texts) => Promise<void>,
): Promise<BuildResult> {
  const { steps } = workflow.parse(load(text)).jobs.doi;
  return runSteps(runner, steps, {}, onAction);
}

async function runSteps(
  runner: Runner,
  steps: readonly Step[],
  context: Texts,
  onAction?: (uses: string, given: Texts) => Promise<void>,
): Promise<BuildResult> {
  const files = await makeRunnerFiles(runner);
  let result: BuildResult = { code: 0, signal: null, stdout: '', stderr: '', outputs: {}, summary: '' };
  for (const { id = '', if: condition, uses, run, env, with: given } of steps) {
    const known: Texts = { ...context, ...result.outputs };
    if (!isDue(condition, result.code === 0, known)) continue;
    const filled = fillAll(given, known);
    if (uses?.includes('/doi-worker@')) {
      const ended = await runAction(runner, filled);
      result = { ...append(result, ended), outputs: { ...result.outputs, ...prefixed(id, ended.outputs) } };
      result = { ...result, summary: result.summary + ended.summary };
    } else if (uses !== undefined) await onAction?.(uses, filled);
    else {
      await writeFile(files.GITHUB_OUTPUT, '');
      const surroundings = { ...files, RUNNER_TEMP: runner.temp, ...fillAll(env, known) };
      // As a runner does: an expression in the script becomes part of the script.
      result = append(result, await runScript(runner, fill(run ?? '', known), surroundings));
      const outputs = prefixed(id, parseOutputs(await readFile(files.GITHUB_OUTPUT, 'utf8')));
      result = { ...result, outputs: { ...result.outputs, ...outputs } };
    }
  }
  return { ...result, summary: result.summary + (await readFile(files.GITHUB_STEP_SUMMARY, 'utf8')) };
}

async function makeRunnerFiles({ temp }: Runner) {
  await mkdir(temp, { recursive: true });
  const folder = await mkdtemp(join(temp, 'files-'));
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  for (const file of Object.values(files)) await writeFile(file, '');
  return files;
}

/** The conditions that the documentation uses. */
function isDue(condition: string | undefined, succeeded: boolean, known: Texts): boolean {
  if (condition === undefined) return succeeded;
  const [, output] = /^always\(\) && (steps\.\w+\.outputs\.\w+)$/.exec(condition) ?? [];
  if (output === undefined) throw new Error(`The runner of the tests knows no condition ${condition}.`);
  return (known[output] ?? '') !== '';
}

const append = (before: BuildResult, { code, signal, stdout, stderr }: Ended): BuildResult => ({
  ...before,
  ...{ signal, stdout: before.stdout + stdout, stderr: before.stderr + stderr },
  code: before.code === 0 ? code : before.code,
});

const prefixed = (id: string, outputs: Texts): Texts =>
  Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`steps.${id}.outputs.${name}`, value]));

const parseOutputs = (text: string): Texts =>
  Object.fromEntries(
    [...text.matchAll(/^([\w-]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );

const fill = (text: string, known: Texts) =>
  text.replaceAll(/\$\{\{ ([\w.-]+) \}\}/g, (_, name: string) => known[name] ?? '');

const fillAll = (values: Texts, known: Texts): Texts =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fill(value, known)]));

/** @throws {Error} for an input that is not declared, and one that is missing and has no default */
function withDefaults(known: Inputs, given: Texts, prefix: string): Texts {
  const others = Object.keys(given).filter((name) => !(name in known));
  if (others.length > 0) throw new Error(`There is no input ${others.join(', ')}.`);
  const values = Object.entries(known).map(([name, { default: byDefault }]) => {
    const value = given[name] ?? byDefault;
    if (value === undefined) throw new Error(`The input ${name} is required.`);
    return [prefix + name, value];
  });
  return Object.fromEntries(values);
}

/** Runs the component that a GitLab pipeline includes, with its inputs and these instead of them. */
export async function runPipeline(
  runner: Runner,
  text: string,
  change: (inputs: Texts) => Texts,
): Promise<Ended> {
  const [{ component: address, inputs: given }] = pipeline.parse(load(text)).include;
  const [, name = ''] = /\/([\w-]+)@[^/]+$/.exec(address) ?? [];
  const [{ spec }, { 'doi-check': check }] = component.parse(loadAll(await read(`templates/${name}.yml`)));
  const values = withDefaults(spec.inputs, change(given), '');
  const put = (part: string) =>
    part.replaceAll(/\$\[\[ inputs\.([\w-]+) \]\]/g, (_, input: string) => values[input] ?? '');
  const variables = Object.entries(check.variables).map(([key, value]) => [key, put(value)]);
  return runScript(runner, check.script.map(put).join('\n'), Object.fromEntries(variables));
}

/** Runs the hook as pre-commit does once it is installed: its entry and arguments, with `doi` on the PATH. */
export async function runHook(runner: Runner, id: string): Promise<Ended> {
  const [hook] = hooks.parse(load(await read('.pre-commit-hooks.yaml')));
  if (hook.id !== id) throw new Error(`There is no hook ${id}.`);
  const argv = [...hook.entry.split(' '), ...hook.args];
  return startProgram(argv, runner.env, { cwd: runner.workspace }).done;
}
