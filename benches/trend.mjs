/**
 * How the figures of the benches went from commit to commit: `node benches/trend.mjs [name …]`.
 *
 * For each line that a bench prints, the first figure behind its name, the oldest first. Compare ratios with a peer;
 * rates only where the processor is the same.
 *
 * @module
 */
import { history } from './lib/history.mjs';

const FIGURE = /-?\d+(?:\.\d+)?/;
const named = process.argv.slice(2);
/** @type {Map<string, string[]>} */
const rows = new Map();
for (const { bench, commit, at, lines } of history.read()) {
  if (named.length > 0 && !named.includes(bench)) continue;
  for (const line of lines) {
    const colon = line.indexOf(': ');
    const figure = FIGURE.exec(line.slice(colon + 2));
    if (colon < 0 || !figure) continue;
    const name = `${bench} · ${line.slice(0, colon)}`;
    rows.set(name, [...(rows.get(name) ?? []), `${figure[0]} (${commit}, ${at.slice(0, 10)})`]);
  }
}
if (rows.size === 0) console.log('nothing was recorded: npm run bench -- --record');
for (const [name, figures] of rows) console.log(`${name}\n  ${figures.join('  ')}`);
