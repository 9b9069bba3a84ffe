import { expect, test } from 'vitest';
import { findUpdateCommand } from '../../../src/checker/run-update.js';
import { readConfig } from '../../../src/platform/config.js';

const PATHS = process.env['PATH'] ?? '';

test('the update command is off unless it is set, and is a list of texts', () => {
  expect(readConfig({}).updateCommand).toBeUndefined();
  expect(readConfig({ DOI_UPDATE_COMMAND: '["git","-C","{path}"]' }).updateCommand).toEqual([
    'git',
    '-C',
    '{path}',
  ]);
  expect(() => readConfig({ DOI_UPDATE_COMMAND: 'git pull' })).toThrow(
    'DOI_UPDATE_COMMAND: must be a JSON list',
  );
});

test('its program is found in PATH, and its arguments stay unchanged', () => {
  const found = findUpdateCommand(['sh', '-c', '{path}'], PATHS);
  expect(found).toEqual({ program: expect.stringMatching(/^\/.*\/sh$/), args: ['-c', '{path}'] });
});

test.each([
  ['no-such-program', 'The program no-such-program that DOI_UPDATE_COMMAND names is not there.'],
  ['{path}/run', "The update's program is {path}/run, which a repository decides."],
])('the program %s is refused when a worker starts', (name, message) => {
  expect(() => findUpdateCommand([name], PATHS)).toThrow(
    expect.objectContaining({ code: 'bad_configuration', message }),
  );
});
