import { expect, it } from 'vitest';
import { splitFrontMatter } from '../../../../src/criteria/parse/front-matter.js';
import { readMarkdown } from '../../../../src/criteria/parse/markdown.js';
import { readScope } from '../../../../src/criteria/parse/scope.js';
import { readServices } from '../../../../src/criteria/parse/services.js';
import { parseYaml } from '../../../../src/criteria/parse/yaml.js';
import { parseGitRemote } from '../../../../src/domain/git-remote.js';
import { EVIL_TEXTS, LIMIT_MS } from '../../../helpers/evil-texts.js';

const PARSERS = { splitFrontMatter, parseGitRemote, readMarkdown, readScope, readServices, parseYaml };

it.each(Object.entries(PARSERS))('%s reads hostile text of 100 kB in time', (_, parse) => {
  for (const [name, text] of EVIL_TEXTS) {
    const start = performance.now();
    expect(() => parse(text), name).not.toThrow();
    expect(performance.now() - start, name).toBeLessThan(LIMIT_MS);
  }
});

it('parseYaml reads hostile text that is just small enough in time', () => {
  for (const [name, text] of EVIL_TEXTS) {
    const start = performance.now();
    parseYaml(text.slice(0, 5_000));
    expect(performance.now() - start, name).toBeLessThan(LIMIT_MS);
  }
});
