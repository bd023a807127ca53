/**
 * A test from a program: a server and a client in one process, with progress, a limit of time and a
 * verdict.
 *
 * The name leads to `dist`, here as in a program that has installed the package. Try, with Node 22.18
 * or later, which runs TypeScript as it is:
 *
 *     npm ci && npm run build
 *     node examples/library.ts
 *     node examples/library.ts 192.0.2.2 10.0.0.2     # a server elsewhere, and the same through a tunnel
 *
 * @module
 */
import { type ClientEvent, connect, NetError, type ResultDocument, serve } from 'winze';

const [host, ...via] = process.argv.slice(2);

// Without a host, this program is its own server. Port 0 lets the system choose one.
const server = host === undefined ? await serve({ port: 0, addresses: ['127.0.0.1'] }) : undefined;
try {
  const document = await connect({
    host: host ?? '127.0.0.1',
    ...(server ? { port: server.port } : {}),
    via,
    tests: [
      { test: 'bandwidth', protocol: 'tcp', duration_ns: 1e9 },
      { test: 'latency', protocol: 'udp', duration_ns: 1e9, gap_ns: 5e6 },
    ],
    // Ctrl-C of a program: what was measured until then is in the document, with `complete: false`.
    signal: AbortSignal.timeout(60_000),
    onEvent: showProgress,
  });
  showResult(document);
} catch (error) {
  // Nothing was measured: the name does not resolve, nobody listens, the server refuses.
  if (!(error instanceof NetError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
} finally {
  await server?.close();
}

function showProgress(event: ClientEvent): void {
  if (event.tag === 'test-started') console.log(`${event.path}: ${event.spec.protocol} ${event.spec.test} …`);
}

function showResult({ tests, overhead, complete, error }: ResultDocument): void {
  for (const result of tests) {
    if (result.test === 'latency') console.log(`${result.path}: p50 ${inUnit(result.rtt_ns.p50, 1e3, 'µs')}`);
    if (result.test !== 'bandwidth') continue;
    for (const flow of result.flows) console.log(`${result.path}: ${inUnit(flow.goodput_bps, 1e6, 'Mbit/s')}`);
  }
  for (const { path, efficiency_ratio: efficiency } of overhead) {
    console.log(`${path}: efficiency ${efficiency === null ? 'unknown' : efficiency.toFixed(3)}`);
  }
  if (!complete) console.log(`incomplete: ${error?.message}`);
}

/** What was not measured is `null`, never 0. */
function inUnit(value: number | null, unit: number, name: string): string {
  return value === null ? 'unknown' : `${(value / unit).toFixed(1)} ${name}`;
}
