// @ts-check
/**
 * What a machine and its processes on this host printed: a file, so that nobody who is busy keeps them waiting.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

/** From its end, for messages. */
const CHARACTERS = 16 * 1024;

/** Begins the last line, with which its keeper gives the reason. */
export const ENDED = 'the machine ended: ';

/**
 * @param {string} path
 * @returns {string} its text, without the escape sequences that the firmware writes before the first line
 */
export function readConsole(path) {
  const text = readFileSync(path, 'utf8').replaceAll('\r', '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
  return text.replace(/\x1b(?:c|\[[?0-9;]*[a-zA-Z])/g, '').trim();
}

/**
 * @param {string} path
 * @returns {string} the end of it, as the last part of a message
 */
export function consoleEnd(path) {
  try {
    const text = readConsole(path);
    return text === '' ? 'it printed nothing on its console' : `the end of its console:\n${text.slice(-CHARACTERS)}`;
  } catch {
    return 'its console is gone';
  }
}
