// @ts-check
/**
 * Runs in the machine: `compare.mjs BYTES BASELINE VIA… [-- BASELINE VIA…]` measures each path once by TCP, and prints the
 * documents. What `winze -c BASELINE --via VIA…` does, but for one round instead of three: under emulation each takes its
 * time.
 *
 * @module
 */
import { connect } from 'winze';

/** Each path has a connection that gives signs of life, for which an emulated processor has little time. */
const AT_ONCE = 6;

const [bytes, ...groups] = process.argv.slice(2);
const test = {
  test: /** @type {const} */ ('bandwidth'),
  protocol: /** @type {const} */ ('tcp'),
  bytes: Number(bytes),
  duration_ns: null,
};
const documents = [];
for (const group of groups.join(' ').split(' -- ')) {
  const [host = '', ...vias] = group.split(' ');
  for (let at = 0; at < vias.length; at += AT_ONCE) {
    const via = vias.slice(at, at + AT_ONCE);
    const document = await compare(host, via);
    documents.push(document);
    // A machine that stood still does not answer for an address in time (ARP): such a path is tried once more.
    const again = via.filter((name) => document.paths.some((path) => path.name === name && path.error !== null));
    for (const name of again) console.error(`once more: ${name}`);
    if (again.length > 0) documents.push(await compare(host, again));
  }
}
console.log(JSON.stringify(documents));

/**
 * @param {string} host
 * @param {readonly string[]} via
 */
function compare(host, via) {
  return connect({ host, via, rounds: 1, connect_timeout_ns: 120e9, tests: [test] });
}
