/** All commands, in the order in which help lists them. A command is one file, and one line here. */
import type { Command } from 'commander';
import { addArchive } from './archive.js';
import { addChanges } from './changes.js';
import { addCheck } from './check.js';
import type { Context } from './context.js';
import { addDoctor } from './doctor.js';
import { addHost } from './host.js';
import { addMigrate } from './migrate.js';
import { addMove } from './move.js';
import { addRecord } from './record.js';
import { addRefresh } from './refresh.js';
import { addRegister } from './register.js';
import { addWeb, addWorker } from './serve.js';
import { addShow, addWhy } from './show.js';
import { addStart } from './start.js';
import { addSummary } from './summary.js';
import { addSweep } from './sweep.js';
import { addUnregister } from './unregister.js';

/** Adds a command to the program. What is heavy is imported when the command runs, so that help stays quick. */
export type AddCommand = (program: Command, context: Context) => void;

export const COMMANDS: readonly AddCommand[] = [
  addCheck,
  addStart,
  addRegister,
  addUnregister,
  addArchive,
  addMove,
  addRecord,
  addShow,
  addSummary,
  addWhy,
  addChanges,
  addRefresh,
  addSweep,
  addWeb,
  addWorker,
  addHost,
  addMigrate,
  addDoctor,
];
