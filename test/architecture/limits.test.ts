import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { eachNode, parseSources, placeOf } from './source-files.js';

const MOST_LINES = 60;
const MOST_PARAMETERS = 3;

const sources = parseSources('src');

function functions() {
  const found: { place: string; name: string; lines: number; parameters: number }[] = [];
  for (const source of sources) {
    eachNode(source.tree, (node) => {
      if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return;
      const lineOf = (at: number) => source.tree.getLineAndCharacterOfPosition(at).line;
      found.push({
        place: placeOf(source, node),
        name: node.name?.getText(source.tree) ?? 'a function without a name',
        lines: lineOf(node.end) - lineOf(node.getStart(source.tree)) + 1,
        // One that may be left out, at the end, does not count.
        parameters: node.parameters.filter(({ questionToken, initializer }) => !questionToken && !initializer)
          .length,
      });
    });
  }
  return found;
}

describe('a function of the sources', () => {
  const all = functions();

  it(`has at most ${MOST_LINES} lines`, () => {
    expect(all.length).toBeGreaterThan(1000);
    expect(all.filter(({ lines }) => lines > MOST_LINES)).toEqual([]);
  });

  it(`has at most ${MOST_PARAMETERS} positional parameters`, () => {
    expect(all.filter(({ parameters }) => parameters > MOST_PARAMETERS)).toEqual([]);
  });
});
