import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { eachNode, parseSources, placeOf, type SourceFile } from './source-files.js';

/**
 * Words that stand nowhere in comments, names, test titles and texts that users read, each with the glossary's word or a
 * plain one.
 */
const INSTEAD: Readonly<Record<string, string>> = {
  'look|looks|looked|looking': 'probe, read, check, pass of the watch',
  'sight|sights|sighted': 'observation, probe',
  'settle|settles|settled|unsettled': 'complete (a request), stable (a version), end',
  'trouble|troubles': 'host problem, problem',
  'tell|tells|told': 'report, say, show, notify',
  'beat|beats': 'heartbeat',
  'vouch|vouches|vouched': 'cover',
  'hear|hears|heard|unheard': 'receive, report',
  'mend|mends|mended': 'fix, repair, recover',
  anew: 'again',
  'astray|misfit|trail|song|lesson|wish':
    'unsafe link, wrong kind, path identity, result, help text, options',
  'whoever|nobody|everybody|somebody': 'the actor: the client, the worker, every repository, no host',
  owed: 'to be reverted',
  'lest|thereof|whence|hither|whither': 'so that … not, of it, from where',
  'teach|teaches|taught': 'add help text',
};
const ALL = Object.keys(INSTEAD).join('|');

/** What users see by these names: columns, fields of answers, names of metrics, words of somebody else's interface. */
const NAMES_OF_OTHERS = /`[^`]*`|\bhost_trouble\b|\bdoi_host\.trouble\b/g;

const sources = parseSources('src', 'test', 'bench').filter(({ file }) => !file.endsWith('words.test.ts'));

/** Fields of answers, of rows and of the log, whose names users see; those with an underscore are such too. */
const FIELDS = ['trouble', 'unsettled'];

/** All of src but the page, whose texts have fewer words, and statements, whose names of columns users see. */
const ROOMS_OF_TEXTS = /^src\/(?!dashboard\/|store\/)/;

/** Texts that may keep such a word, each with its reason. */
const TEXTS_OF_OTHERS: Readonly<Record<string, string>> = {
  'not looked at': 'the name of a check in `doi doctor --json`, by which programs find it',
  'Not looked at': 'the name of a group of checks there, likewise',
};

/** The words of a name: `hostTrouble` is host and trouble. */
function wordsOfName(name: string): string {
  return name.includes('_') || FIELDS.includes(name) ? '' : name.replace(/([a-z\d])([A-Z])/g, '$1 $2');
}

function find(text: string): string[] {
  return text.replace(NAMES_OF_OTHERS, '').match(new RegExp(`\\b(?:${ALL})\\b`, 'gi')) ?? [];
}

/** A text of a string or of a template's part; undefined for any other node. */
function textOf(node: ts.Node): string | undefined {
  const isText =
    ts.isStringLiteralLike(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddle(node) ||
    ts.isTemplateTail(node);
  return isText ? node.text : undefined;
}

function commentsOf({ text }: SourceFile): { readonly at: number; readonly comment: string }[] {
  const comments = [...text.matchAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm)];
  return comments.map((match) => ({ at: text.slice(0, match.index).split('\n').length, comment: match[0] }));
}

describe('a word that the glossary replaces', () => {
  it('stands in no comment', () => {
    const found = sources.flatMap((source) =>
      commentsOf(source).flatMap(({ at, comment }) =>
        find(comment).map((word) => `${source.file}:${at} ${word}`),
      ),
    );
    expect(found).toEqual([]);
  });

  it('stands in no name of a variable, function, type, parameter or property', () => {
    const found: string[] = [];
    for (const source of sources) {
      eachNode(source.tree, (node) => {
        const name = (node as { name?: ts.Node }).name;
        if (name === undefined || !(ts.isIdentifier(name) || ts.isPrivateIdentifier(name))) return;
        // What is only used here is declared elsewhere.
        if (ts.isPropertyAccessExpression(node) || ts.isImportSpecifier(node)) return;
        for (const word of find(wordsOfName(name.text)))
          found.push(`${placeOf(source, name)} ${name.text}: ${word}`);
      });
    }
    expect(found).toEqual([]);
  });

  it('stands in no title of a test', () => {
    const found: string[] = [];
    for (const source of sources.filter(({ file }) => file.startsWith('test/'))) {
      eachNode(source.tree, (node) => {
        if (!ts.isCallExpression(node) || !/^(?:it|describe|test)\b/.test(node.expression.getText())) return;
        const title = node.arguments[0];
        if (title === undefined || !ts.isStringLiteralLike(title)) return;
        for (const word of find(title.text)) found.push(`${placeOf(source, title)} ${word}`);
      });
    }
    expect(found).toEqual([]);
  });

  it('stands in no text that users read outside of the page', () => {
    const found: string[] = [];
    const kept = new Set<string>();
    for (const source of sources.filter(({ file }) => ROOMS_OF_TEXTS.test(file))) {
      eachNode(source.tree, (node) => {
        const text = textOf(node);
        // A text without a space is a key, a code or a column, and no sentence.
        if (text === undefined || !/\S\s+\S/.test(text)) return;
        const words = find(text);
        if (TEXTS_OF_OTHERS[text] === undefined)
          for (const word of words) found.push(`${placeOf(source, node)} ${word}`);
        else kept.add(text);
      });
    }
    expect(found).toEqual([]);
    // An exemption whose text is gone is to be removed.
    expect([...kept].sort()).toEqual(Object.keys(TEXTS_OF_OTHERS).sort());
  });
});
