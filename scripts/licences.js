// Collects the licences of the packages whose code the build has put into dist.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^(?:\.\.\/)*((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const TEXT = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/**
 * The text of all licences, a section a package, sorted by name.
 * @param {string} root the folder of node_modules; the inputs of the metafiles are relative to it, or to a folder in it
 * @param {readonly import('esbuild').Metafile[]} metafiles
 */
export function collectLicences(root, metafiles) {
  // What an output holds nothing of was left out again.
  const used = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
    ),
  );
  const folders = new Set(used.flatMap((file) => PACKAGE.exec(file)?.[1] ?? []));
  const sections = new Map([...folders].map((folder) => describe(join(root, folder))));
  const sorted = [...sections].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, text]) => text);
  return `This program contains the following packages.\n\n${sorted.join('\n')}`;
}

/** @returns name and version, and the section */
function describe(folder) {
  const { name, version, license, licenses, author, homepage } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const spdx = typeof license === 'string' ? license : (license?.type ?? licenses?.[0]?.type);
  if (spdx === undefined) throw new Error(`${name}@${version} names no licence.`);
  const texts = readdirSync(folder)
    .filter((file) => TEXT.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  // A package without a file of its licence still names it, and who made it.
  const by = typeof author === 'string' ? author : (author?.name ?? homepage ?? 'see its package');
  const body = texts.length > 0 ? texts.join('\n\n') : `By ${by}, under the licence ${spdx}.`;
  const title = `${name}@${version}`;
  return [title, `${'='.repeat(72)}\n${title} (${spdx})\n${'='.repeat(72)}\n\n${body}\n`];
}
