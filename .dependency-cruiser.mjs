// Who may import whom. Each rule has its reason; test/architecture/imports.test.ts runs them and proves that each can
// fail.
import { BUNDLED } from './scripts/bundled-packages.js';

/** The folders under src/, as a pattern of what a file of `folder` may import besides its own folder. */
const only = (...folders) => `^src/(?:${folders.join('|')})(?:/|\\.ts$)`;

/** A rule for one folder without `but`: of src/ it imports itself and `allowed`, nothing else. */
const folder = (name, allowed, comment, but = []) => ({
  name: `${name.replace('/', '-')}-imports`,
  comment,
  severity: 'error',
  from: { path: `^src/${name}/`, pathNot: but },
  to: { path: '^src/', pathNot: [`^src/${name}/`, ...(allowed.length > 0 ? [only(...allowed)] : [])] },
});

/** A rule for packages that only some folders may know. */
const packages = (name, names, folders, comment, dependencyTypesNot = []) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^src/', pathNot: only(...folders) },
  to: { path: `(?:^|node_modules/)(?:${names.join('|')})(?:/|$)`, dependencyTypesNot },
});

/** Every way in which a package can be there, or not. */
const NPM = ['npm', 'npm-dev', 'npm-peer', 'npm-optional', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

const ENTRIES = [
  '^src/cli/main\\.ts$',
  '^src/checker/built-in/main\\.ts$',
  '^src/inputs/(?:probe|load)/thread\\.ts$',
  '^src/reader/summary/thread\\.ts$',
  '^src/worker/run-worker\\.ts$',
  '^src/web/run-web\\.ts$',
];

export default {
  forbidden: [
    folder('domain', [], 'The domain is pure and knows nothing else, so that every other part can share it.'),
    {
      name: 'domain-is-pure',
      comment: 'No package and no module of Node: what the domain says must not depend on where it runs.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    folder(
      'criteria',
      ['domain'],
      'A criterion is given its inputs; it cannot fetch one that it did not declare.',
    ),
    {
      name: 'criteria-are-pure',
      comment:
        'Criteria parse texts with js-yaml, markdown-it and zod at most; with a module of Node they could read a file.',
      severity: 'error',
      from: { path: '^src/criteria/' },
      to: { pathNot: ['^src/', '(?:^|node_modules/)(?:js-yaml|markdown-it|zod)(?:/|$)'] },
    },
    folder(
      'checkout',
      ['domain', 'platform'],
      'Everything that opens a file of a repository stands here, so that each hostile form is met in one place.',
    ),
    folder(
      'inputs/probe',
      ['domain', 'platform', 'checkout', 'store'],
      'A probe is cheap and runs on the way of a read: it never loads a value.',
    ),
    {
      name: 'inputs-imports',
      comment: 'What reads the versions of now is on the way of every read: it loads no value.',
      severity: 'error',
      from: { path: '^src/inputs/[^/]+$' },
      to: {
        path: '^src/',
        pathNot: ['^src/inputs/(?!load/)', only('domain', 'platform', 'checkout', 'store')],
      },
    },
    folder(
      'inputs/load',
      ['domain', 'platform', 'checkout', 'inputs/probe'],
      'Loading a value reads its version too.',
    ),
    folder(
      'checker',
      ['domain', 'platform', 'checkout', 'inputs/probe'],
      'It starts programs, and knows neither requests nor rows.',
      ['^src/checker/built-in/'],
    ),
    folder(
      'git',
      ['domain', 'platform', 'checkout', 'inputs', 'checker'],
      'It runs git on bare repositories and mirrors, and knows neither requests nor rows.',
    ),
    folder(
      'check',
      ['domain', 'platform', 'api', 'checkout', 'inputs', 'checker', 'criteria', 'registry'],
      'Judging one checkout needs no service, so that it runs in any build.',
    ),
    folder(
      'init',
      [
        'domain',
        'platform',
        'checkout',
        'criteria',
        'inputs/probe',
        'checker/built-in',
        'git',
        'check',
        'registry',
      ],
      'It writes into one checkout, and knows no service; what stands for a file and how a workplan is named, probe and checker know.',
    ),
    folder(
      'client',
      ['domain', 'platform', 'api'],
      'A client knows of a server what its API says, and nothing of how it is made.',
    ),
    folder(
      'mcp',
      ['domain', 'platform', 'api', 'client'],
      'Tools for agents are clients of the API: what it allows and answers is decided there alone.',
    ),
    folder(
      'forge',
      ['domain', 'platform'],
      'It lists the repositories of an owner at a forge, and knows nothing of the registry.',
    ),
    folder('store', ['domain', 'platform', 'api'], 'Statements know rows, not where a request came from.'),
    folder(
      'registry',
      ['domain', 'platform', 'checkout', 'store'],
      'Registering works without a queue or a worker.',
    ),
    folder(
      'queue',
      ['domain', 'platform'],
      'The queue carries wake-ups and knows nothing of what they are for.',
    ),
    folder(
      'api',
      ['domain', 'platform'],
      'The schemas of requests and answers; they know nothing of how an answer is made.',
    ),
    {
      name: 'api-by-type-only',
      comment:
        'Only what serves HTTP runs the schemas. The others take types, so that zod is neither in the bundle of the page nor on the way of a statement.',
      severity: 'error',
      from: { path: '^src/(?:dashboard|store|doctor|worker)/' },
      to: { path: '^src/api/', dependencyTypesNot: ['type-only'] },
    },
    folder('platform', ['domain'], 'The platform is below everything else but the errors of the domain.'),
    folder('local', ['domain', 'platform'], 'The built-in servers are only servers.'),
    folder(
      'producer',
      ['api', 'domain', 'platform', 'checkout', 'inputs', 'store', 'registry', 'queue'],
      'A trigger compares versions and never evaluates.',
    ),
    {
      name: 'producer-never-reaches',
      comment: 'A trigger loads no value and starts no program, not by way of another folder either.',
      severity: 'error',
      from: { path: '^src/producer/' },
      to: { path: '^src/(?:inputs/load|checker|git|criteria|worker|reader)/', reachable: true },
    },
    folder(
      'worker',
      [
        'domain',
        'platform',
        'checkout',
        'inputs',
        'checker',
        'git',
        'forge',
        'store',
        'registry',
        'queue',
        'criteria',
        'producer',
        'api',
      ],
      'The worker evaluates; it knows neither the reader nor the command line.',
    ),
    {
      name: 'producer-only-from-run-worker',
      comment:
        'run-worker is the entry of the worker process and wires, by run-watch, run-nightly and open-bare, the watch, the sweep and what follows a contact; the rest of it only evaluates.',
      severity: 'error',
      from: { path: '^src/worker/', pathNot: '^src/worker/(?:run-(?:worker|nightly|watch)|open-bare)\\.ts$' },
      to: { path: '^src/producer/' },
    },
    folder(
      'reader',
      ['api', 'domain', 'platform', 'checkout', 'inputs', 'store', 'registry'],
      'A reader answers from rows and probes. It needs no Redis and never evaluates.',
    ),
    {
      name: 'reader-never-reaches',
      comment:
        'Not by way of another folder either: neither the queue, nor a loader, a program or a criterion.',
      severity: 'error',
      from: { path: '^src/reader/' },
      to: {
        path: '^src/(?:queue|inputs/load|checker|git|criteria|worker|producer|web|doctor)/',
        reachable: true,
      },
    },
    folder(
      'doctor',
      [
        'domain',
        'platform',
        'api',
        'checkout',
        'inputs',
        'checker',
        'git',
        'store',
        'registry',
        'queue',
        'reader',
      ],
      'It runs the very parts that work, but adds no request and evaluates nothing.',
    ),
    folder(
      'web',
      ['api', 'domain', 'platform', 'store', 'registry', 'queue', 'producer', 'reader', 'client', 'mcp'],
      'The web process wires the reader and the producer, which know nothing of each other; it neither evaluates nor loads.',
    ),
    folder(
      'checker/built-in',
      ['domain', 'criteria/parse', 'checkout'],
      'The built-in checker is a program of its own: it walks, reads safely, and parses.',
    ),
    {
      name: 'built-in-checker-stays-small',
      comment:
        'Everything that it reaches is bundled into it and counts in its version: no servers, no settings.',
      severity: 'error',
      from: { path: '^src/checker/built-in/' },
      to: {
        path: '^src/(?:api|platform/(?!file-errors)|inputs|store|registry|queue|producer|worker|reader|doctor|local|cli)/?',
        reachable: true,
      },
    },
    {
      name: 'nobody-imports-cli',
      comment: 'The command line is what people use; no other part may rest on how it looks.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'nobody-imports-entries',
      comment:
        'Entries wire and open connections. The command line starts the processes; a type of a thread is only its message.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: ENTRIES, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nobody-imports-main',
      comment: 'Importing a program runs it.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/(?:cli|checker/built-in)/main\\.ts$' },
    },
    packages(
      'queue-packages',
      ['bullmq', 'ioredis'],
      ['queue'],
      'Only queue/ knows BullMQ, so that what a lost or doubled job means is decided in one place.',
    ),
    packages(
      'database-packages',
      ['postgres', 'ley'],
      ['platform'],
      'Connections are made in one place, with limits on everything that could wait; a type of the driver makes none.',
      ['type-only'],
    ),
    packages(
      'http-packages',
      ['fastify'],
      ['platform', 'reader', 'producer', 'web'],
      'Only routes know the server.',
    ),
    packages(
      'metrics-packages',
      ['prom-client'],
      ['platform'],
      'What is counted, and by what names, stands in one list; who counts is handed what to count with.',
    ),
    packages(
      'protocol-packages',
      ['@modelcontextprotocol'],
      ['mcp'],
      'What an agent may ask, and in which form it gets an answer, is decided in one place.',
    ),
    packages('log-packages', ['pino'], ['platform'], 'One log, with secrets removed.'),
    packages(
      'command-line-packages',
      ['commander', 'cli-progress', 'cli-table3', '@bomb.sh/tab'],
      ['cli'],
      'What only a terminal needs is not loaded by a server.',
    ),
    {
      name: 'no-cycles',
      comment: 'Modules of a cycle cannot be read, tested or moved one at a time.',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    folder(
      'dashboard',
      ['domain', 'api'],
      'It runs in a browser, which has no other part: it takes pure functions of the domain, and types of answers.',
    ),
    {
      name: 'only-bundled-packages',
      comment:
        'What npm packs has these packages in it and installs no others; each has its reason in docs/decisions. The page has its own.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/dashboard/' },
      to: {
        dependencyTypes: NPM,
        pathNot: `(?:^|node_modules/)(?:${BUNDLED.join('|')})(?:/|$)`,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'everything-resolves',
      comment: 'A path that leads nowhere hides what it imports from every other rule.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // Type imports count: they are how one part comes to rest on another.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
