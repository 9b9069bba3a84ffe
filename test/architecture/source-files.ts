/** The source files of this repository, parsed, for the tests that hold rules over all of them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { packageRoot } from '../../src/platform/process/package-root.js';

export interface SourceFile {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** All TypeScript files below some folders of the repository. */
export function parseSources(...folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
        .map((entry) => relative(packageRoot, join(entry.parentPath, entry.name))),
    )
    .sort()
    .map((file) => {
      const text = readFileSync(join(packageRoot, file), 'utf8');
      const kind = file.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
      return { file, text, tree: ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, kind) };
    });
}

/** Calls `visit` for each node of a tree, parents first. */
export function eachNode(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => eachNode(child, visit));
}

/** `file:line` of a node. */
export function placeOf({ file, tree }: SourceFile, node: ts.Node): string {
  return `${file}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}`;
}
