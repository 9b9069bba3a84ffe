import { rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { relative } from 'node:path';
import { registerRepositories } from '../../../src/registry/register.js';
import type { World } from '../../helpers/world.js';
import { proveCriteria } from './prove.js';
import { inOrder, setColumns, setDomain, setHostPaths } from './rows.js';

const remote = (url: string | null) => setColumns({ remote_url: url });

async function removeCheckout(world: World, slug: string): Promise<void> {
  await rm(world.path(slug), { recursive: true });
}

proveCriteria('core', {
  C1: {
    label: 'Registered',
    tier: 'core',
    outcomes: ['pass', 'fail'],
    cases: {
      'passes for a row with a slug and a name': {
        prepare: setColumns({ name: 'The gate' }),
        status: 'pass',
        detail: /^Registered as c1-.*“The gate”\.$/,
      },
      'fails without a name, and says that the name is missing': {
        prepare: setColumns({ name: '' }),
        status: 'fail',
        detail: "The repository's row in the registry has no name.",
        remedy: 'managed_repos',
      },
      'fails for a name of nothing but blanks': {
        prepare: setColumns({ name: ' \t ' }),
        status: 'fail',
        detail: 'has no name.',
      },
    },
  },
  C2: {
    label: 'Domain active',
    tier: 'core',
    outcomes: ['pass', 'fail'],
    cases: {
      'passes in the domain that registering gives': {
        status: 'pass',
        detail: 'The domain default is active.',
      },
      'passes in another domain that is active': {
        prepare: setDomain('payments', 'active'),
        status: 'pass',
        detail: 'The domain payments is active.',
      },
      'fails without a domain': {
        prepare: setColumns({ domain_id: null }),
        status: 'fail',
        detail: 'The repository has no domain.',
        remedy: /doi record domain DOMAIN --repo c2-/,
      },
      'fails in an archived domain, and names it with its status': {
        prepare: setDomain('old-things', 'archived'),
        status: 'fail',
        detail: 'The domain old-things is “archived”, not active.',
        remedy: 'doi record domain old-things --status active',
      },
      'fails for a status that only resembles active': {
        prepare: setDomain('shouting', 'ACTIVE'),
        status: 'fail',
        detail: '“ACTIVE”, not active',
      },
    },
  },
  C3: {
    label: 'Checkout present',
    tier: 'core',
    outcomes: ['pass', 'fail'],
    cases: {
      'passes where the path of this host is a folder': {
        status: 'pass',
        detail: /^The checkout is at \/.* on here\.$/,
      },
      'passes by the local path where no host is named': {
        prepare: (world, slug) =>
          inOrder(setHostPaths(null), setColumns({ local_path: world.path(slug) }))(world, slug),
        status: 'pass',
        detail: /^The checkout is at \/.* on here\.$/,
      },
      'passes for a path that starts with a tilde': {
        prepare: (world, slug) => {
          // A relative path leads from the home folder to the temporary one, since both lie below the root.
          const below = relative(homedir(), world.path(slug));
          return setHostPaths({ here: `~/${below}` })(world, slug);
        },
        status: 'pass',
        detail: /^The checkout is at \/.*tilde on here\.$/,
      },
      'passes for a link to the folder': {
        prepare: async (world, slug) => {
          await rename(world.path(slug), world.path(`${slug}-real`));
          await symlink(world.path(`${slug}-real`), world.path(slug));
        },
        status: 'pass',
        detail: 'The checkout is at',
      },
      'fails where the folder is gone': {
        prepare: removeCheckout,
        status: 'fail',
        detail: /^There is nothing at \/.* on here\.$/,
        remedy: 'Clone the repository there',
      },
      'fails where a file lies in its place': {
        prepare: async (world, slug) => {
          await removeCheckout(world, slug);
          await writeFile(world.path(slug), 'no folder');
        },
        status: 'fail',
        detail: /on here is not a folder\.$/,
      },
      'fails for a link to nothing': {
        prepare: async (world, slug) => {
          await removeCheckout(world, slug);
          await symlink(world.path('nowhere'), world.path(slug));
        },
        status: 'fail',
        detail: 'There is nothing at',
      },
      'fails for a relative path, which would mean another folder in each process': {
        prepare: setHostPaths({ here: '.' }),
        status: 'fail',
        detail: 'There is nothing at',
      },
      'fails where neither a host nor a local path is set': {
        prepare: inOrder(setHostPaths(null), setColumns({ local_path: null })),
        status: 'fail',
        detail: 'The registry has no path for any host.',
        remedy: /doi move c3-\S+ PATH/,
      },
      'fails where the path of this host is empty': {
        prepare: setHostPaths({ here: '' }),
        status: 'fail',
        detail: 'The registry has no path for the host here.',
      },
    },
  },
  C4: {
    label: 'Remote set',
    tier: 'core',
    outcomes: ['pass', 'fail'],
    cases: {
      'passes for an https remote': {
        prepare: remote('https://github.com/acme/widget.git'),
        status: 'pass',
        detail: 'The remote is https://github.com/acme/widget.git.',
      },
      'passes for the scp form with a host alias': {
        prepare: remote('git@work:acme/widget.git'),
        status: 'pass',
        detail: 'The remote is work:acme/widget.git.',
      },
      'passes for the remote that registering read from the checkout': {
        files: { '.git/config': '[remote "origin"]\n\turl = ssh://git@example.org/acme/widget\n' },
        prepare: async ({ path, sql }, slug) => {
          await sql`delete from managed_repos where slug = ${slug}`;
          await registerRepositories(sql, { paths: [path(slug)], host: 'here', slug });
        },
        status: 'pass',
        detail: 'The remote is ssh://example.org/acme/widget.',
      },
      'passes without showing the password in a remote': {
        prepare: remote('https://user:hunter2@example.org/acme/widget'),
        status: 'pass',
        detail: /^(?!.*(?:hunter2|user)).*example\.org\/acme\/widget/,
      },
      'fails where none is set': {
        prepare: remote(null),
        status: 'fail',
        detail: 'No remote is set.',
        remedy: /git remote add origin.*doi register \S+ --slug c4-/,
      },
      'fails for an empty one': { prepare: remote('  '), status: 'fail', detail: 'No remote is set.' },
      'fails for a text that is no remote': {
        prepare: remote('not a remote'),
        status: 'fail',
        detail: 'The remote is not a git remote: it has neither a scheme nor the form host:path.',
      },
      'fails for a remote helper, which would start a program, and does not repeat it': {
        prepare: remote('ext::sh -c hunter2'),
        status: 'fail',
        detail: /^(?!.*hunter2)The remote is not a git remote/,
      },
      'fails for a scheme that is not one of git': {
        prepare: remote('ftp://example.org/acme/widget'),
        status: 'fail',
        detail: 'its scheme is none of',
      },
    },
  },
});
