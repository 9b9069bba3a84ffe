import { expect, it } from 'vitest';
import { splitFrontMatter } from '../../../../src/criteria/parse/front-matter.js';
import { readMarkdown } from '../../../../src/criteria/parse/markdown.js';
import { readScope } from '../../../../src/criteria/parse/scope.js';
import { readServices } from '../../../../src/criteria/parse/services.js';
import { parseYaml } from '../../../../src/criteria/parse/yaml.js';
import { parseGitRemote } from '../../../../src/domain/git-remote.js';
import { EVIL_TEXTS, LIMIT_MS } from '../../../helpers/evil-texts.js';

const PARSERS = { splitFrontMatter, parseGitRemote, readMarkdown, readScope, readServices, parseYaml };

/** The time that this process computed since then, which other programs of a busy machine do not prolong. */
function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

it.each(Object.entries(PARSERS))('%s takes hostile text of 100 kB in its stride', (_, parse) => {
  for (const [name, text] of EVIL_TEXTS) {
    const start = process.cpuUsage();
    expect(() => parse(text), name).not.toThrow();
    expect(cpuMs(start), name).toBeLessThan(LIMIT_MS);
  }
});

it('parseYaml reads hostile text that is just small enough in time', () => {
  for (const [name, text] of EVIL_TEXTS) {
    const start = process.cpuUsage();
    parseYaml(text.slice(0, 5_000));
    expect(cpuMs(start), name).toBeLessThan(LIMIT_MS);
  }
});
