// @ts-check
/**
 * Runs in the machine: `watch.mjs DEVICE FILTER…` captures on each device, until it is interrupted, and writes the documents
 * to `/run/DEVICE.json`. What several `winze capture` do, but for one process instead of several: under emulation each takes
 * its time.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { capture } from 'winze';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const words = process.argv.slice(2);
await Promise.all(words.flatMap((device, i) => (i % 2 === 0 ? [watch(device, words[i + 1] ?? '')] : [])));

/**
 * @param {string} device
 * @param {string} filter - in the syntax of pcap-filter(7)
 */
async function watch(device, filter) {
  const capturing = await capture({ device, capture_filter: filter, signal: stop.signal });
  writeFileSync(`/run/${device}.json`, JSON.stringify(await capturing.report()));
}
