/** Where `npm start` keeps its data. */
import { join } from 'node:path';
import { packageRoot } from '../platform/process/package-root.js';

/** The folder of the built-in servers' data, beside the code and not in git. */
export const localDataDir: string = join(packageRoot, '.doi');
