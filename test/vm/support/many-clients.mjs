// @ts-check
/**
 * Clients of one server, all at once, in one process: `node many-clients.mjs HOST CLIENTS`. Prints one line of JSON for
 * each: its error, and octets sent and received.
 *
 * @module
 */
import { connect } from '../../../dist/index.js';

const [host = '', count = ''] = process.argv.slice(2);
/** An emulated server takes its time for the threads of them all. */
const WAIT_NS = 120e9;

async function client(/** @type {number} */ number) {
  const spec = { test: 'bandwidth', duration_ns: 4e9, rate_bps: 200_000, length_bytes: 500 };
  const tests = [{ ...spec, protocol: number % 2 === 0 ? 'tcp' : 'udp' }];
  const document = await connect({ host, connect_timeout_ns: WAIT_NS, tests: /** @type {never} */ (tests) });
  const [result] = document.tests;
  if (result?.test !== 'bandwidth') throw new Error(document.error?.message ?? 'no result');
  const [flow] = result.flows;
  return { error: document.error ?? null, sent: flow?.bytes_sent, received: flow?.bytes_received };
}

await Promise.all(
  Array.from({ length: Number(count) }, async (_, number) => {
    const line = await client(number).catch((error) => ({ error: { code: error.code, message: error.message } }));
    console.log(JSON.stringify(line));
  }),
);
