/**
 * What benches printed, by commit: a JSON document a line in `benches/history.jsonl`, the newest last.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('../history.jsonl', import.meta.url));

/**
 * @typedef {object} Entry
 * @property {string} commit - short hash; with `+` where files had been changed since
 * @property {string} at - when, ISO 8601
 * @property {string} node
 * @property {string} processor
 * @property {number} cores
 * @property {string} bench
 * @property {readonly string[]} lines - as printed
 */

export const history = {
  /** Adds the lines of a bench that has run. @param {string} bench @param {readonly string[]} lines */
  add(bench, lines) {
    const [processor] = cpus();
    /** @type {Entry} */
    const entry = {
      commit: execFileSync('git', ['describe', '--always', '--dirty=+'], { encoding: 'utf8' }).trim(),
      at: new Date().toISOString(),
      node: process.version,
      processor: processor?.model.trim() ?? '',
      cores: cpus().length,
      bench,
      lines,
    };
    appendFileSync(FILE, `${JSON.stringify(entry)}\n`);
  },

  /** All of them, the oldest first. @returns {readonly Entry[]} */
  read() {
    if (!existsSync(FILE)) return [];
    return readFileSync(FILE, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  },
};
