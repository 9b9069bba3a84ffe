/** The forms of the files that put `doi check` into a build: a key that the tests' runner does not know is refused. */
import { z } from 'zod';

export type Texts = Readonly<Record<string, string>>;

const texts = z.record(z.string(), z.coerce.string()).prefault({});
const step = z.strictObject({
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  shell: z.literal('bash').optional(),
  env: texts,
  with: texts,
});
const inputs = z.record(
  z.string(),
  z.strictObject({ description: z.string().optional(), default: z.coerce.string().optional() }),
);
export const action = z.strictObject({
  name: z.string(),
  description: z.string(),
  inputs,
  outputs: z.record(z.string(), z.strictObject({ description: z.string(), value: z.string() })),
  runs: z.strictObject({ using: z.literal('composite'), steps: z.array(step) }),
});
const job = z.strictObject({
  'runs-on': z.string(),
  container: z.string().optional(),
  steps: z.array(step),
});
export const workflow = z.strictObject({
  name: z.string(),
  on: z.array(z.string()),
  permissions: texts,
  jobs: z.strictObject({ doi: job }),
});
export const component = z.tuple([
  z.strictObject({ spec: z.strictObject({ inputs }) }),
  z.strictObject({
    'doi-check': z.strictObject({
      stage: z.string(),
      image: z.string(),
      variables: z.record(z.string(), z.string()),
      script: z.array(z.string()),
      artifacts: z.strictObject({
        when: z.literal('always'),
        paths: z.array(z.string()),
        reports: z.strictObject({ junit: z.string() }),
      }),
    }),
  }),
]);
export const pipeline = z.strictObject({
  include: z.tuple([
    z.strictObject({
      component: z.string(),
      inputs: z.record(z.string(), z.string()),
    }),
  ]),
});
export const hooks = z.tuple([
  z.strictObject({
    ...{ id: z.string(), name: z.string(), description: z.string(), entry: z.string() },
    ...{ args: z.array(z.string()), language: z.literal('node') },
    always_run: z.literal(true),
    pass_filenames: z.literal(false),
  }),
]);

export type Step = z.infer<typeof step>;
export type Inputs = z.infer<typeof inputs>;

export const preCommitConfig = z.strictObject({
  repos: z.tuple([
    z.strictObject({
      ...{ repo: z.string(), rev: z.string() },
      hooks: z.tuple([z.strictObject({ id: z.string() })]),
    }),
  ]),
});
