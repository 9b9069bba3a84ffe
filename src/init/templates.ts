/** The texts of the files that `doi init` writes. Each line that a person has to replace is a placeholder. */
import { KAIZEN_LINES } from '../criteria/parse/kaizen.js';
import { PLACEHOLDER_MARK } from '../criteria/parse/placeholders.js';
import { SCOPE_HEADINGS } from '../criteria/parse/scope.js';

function ask(what: string): string {
  return `${PLACEHOLDER_MARK} ${what}`;
}

type Section = (typeof SCOPE_HEADINGS)[number];

const SECTIONS: Readonly<Record<Section, string>> = {
  'One-liner': 'One sentence: what it does, and for whom.',
  'Core Idea': 'The one idea from which the rest follows, in two or three sentences.',
  'In Scope': 'What belongs here, as a list.',
  'Out of Scope': 'What people may expect here and do not find, each with where it is instead.',
  'Relevant When': 'The situations in which a reader needs this repository, as a list.',
  'Not Relevant When': 'The situations in which something else serves better, each with what that is.',
  'Current State': 'Which release this describes, what works, and what does not work yet.',
  'How It Fits': 'What it builds on, what builds on it, and by which interfaces they meet.',
  Terminology: 'The words that have a meaning of their own here, each with that meaning.',
  'Related / Overlapping': 'Repositories that do something similar, each with where the border is.',
  'Provided Capabilities':
    'For each thing that others can use, a fenced block of the kind `capability` with type, title, description and keywords; or the one line: None.',
};

/** SCOPE.md with its eleven sections. @param name of the repository, a slug */
export function scopeTemplate(name: string): string {
  const sections = SCOPE_HEADINGS.map((heading) => `## ${heading}\n\n${ask(SECTIONS[heading])}\n`);
  return [`# Scope of ${name}\n`, ...sections].join('\n');
}

/** CLAUDE.md, which coding assistants read first. @param name of the repository, a slug */
export function claudeTemplate(name: string): string {
  return [
    `# Working on ${name}`,
    '## Build',
    ask('What must be installed, and the command that builds it.'),
    '## Test',
    ask('The command that runs all tests, the one that runs a single test, and how long they take.'),
    '## Conventions',
    ask(
      'What a change must keep to: the form of code and commits, where docs belong, what is never edited by hand.',
    ),
    '## How we work',
    `${KAIZEN_LINES.join('\n')}\n`,
  ].join('\n\n');
}

/** tpsc.yaml, the catalogue of third-party services. */
export function servicesTemplate(): string {
  return `# The services of third parties that this repository uses.
# ${ask('List each service as in the example below, or keep the empty list if there is none; then delete this line.')}
services: []

# services:
#   - slug: mail-relay
#     purpose: Sends the weekly report.
#     auth: api_key                    # api_key, oauth, cli, none or unknown
#     endpoint: https://mail.example   # may be left out
#     notes: Key in the vault.         # may be left out
`;
}

/** workplans/README.md. It has no placeholder: it is complete as it is, and keeps the folder in git. */
export function workplansTemplate(): string {
  return `# Workplans

A workplan is a piece of work that takes more than one change: what it is for, and the tasks that lead there. Each is a file
\`<ID>-<slug>.md\` with front matter, and a fenced \`task\` block for each task. A finished one moves to \`archived/\`, with the date
before its name: \`YYMMDD-<ID>-<slug>.md\`.

\`doi init . --workplan "Title"\` writes the next one, and \`doi check .\` checks them all.
`;
}

/** A workplan with one task. It names no State Hub, since a checkout does not show whether there is one. */
export function workplanTemplate({ id, title }: { readonly id: string; readonly title: string }): string {
  return `---
id: ${id}
type: workplan
title: ${JSON.stringify(title)}
domain: default
status: proposed
state_hub_workstream_id: none
---

# ${title}

## Aim

${ask('What is different once this is done, and how one can see it.')}

## Tasks

\`\`\`task
id: ${id}-T01
status: todo
priority: medium
state_hub_task_id: none
\`\`\`

${ask('What this task does and when it is done. Add a block for each further task: T02, T03, and so on.')}
`;
}
