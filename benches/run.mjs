/**
 * Runs the benches: `npm run bench [-- --smoke] [-- --record] [-- name …]`.
 *
 * They compare with peers in one run, in turn, over several rounds; judge the ratios, not the
 * figures. `--smoke` only shows that they run. `--record` adds what they print to `history.jsonl`, which `trend.mjs` reads.
 *
 * @module
 */
import { cpus } from 'node:os';
import { captureRead } from './capture-read.mjs';
import { clients } from './clients.mjs';
import { connections } from './connections.mjs';
import { decode } from './decode.mjs';
import { decrypt } from './decrypt.mjs';
import { handshakes } from './handshakes.mjs';
import { httpPhases } from './http-phases.mjs';
import { latency } from './latency.mjs';
import { history } from './lib/history.mjs';
import { pacing } from './pacing.mjs';
import { packets } from './packets.mjs';
import { startup } from './startup.mjs';
import { throughput } from './throughput.mjs';
import { tunnel } from './tunnel.mjs';

const BENCHES = {
  throughput: { bench: throughput, rounds: 5, seconds: 4 },
  packets: { bench: packets, rounds: 5, seconds: 4 },
  connections: { bench: connections, rounds: 5, seconds: 4 },
  pacing: { bench: pacing, rounds: 3, seconds: 10 },
  latency: { bench: latency, rounds: 5, seconds: 4 },
  'http-phases': { bench: httpPhases, rounds: 7, seconds: 0 },
  clients: { bench: clients, rounds: 1, seconds: 30 },
  tunnel: { bench: tunnel, rounds: 7, seconds: 5 },
  handshakes: { bench: handshakes, rounds: 5, seconds: 3 },
  'capture-read': { bench: captureRead, rounds: 5, seconds: 4 },
  decode: { bench: decode, rounds: 5, seconds: 4 },
  decrypt: { bench: decrypt, rounds: 5, seconds: 4 },
  startup: { bench: startup, rounds: 7, seconds: 0 },
};

const words = process.argv.slice(2);
const smoke = words.includes('--smoke');
const record = words.includes('--record');
const named = words.filter((word) => !word.startsWith('-'));
const unknown = named.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  console.log(
    `node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model.trim()}, ${new Date().toISOString()}`,
  );
  for (const [name, { bench, rounds, seconds }] of Object.entries(BENCHES)) {
    if (named.length > 0 && !named.includes(name)) continue;
    console.log(`\n${name}`);
    const lines = await bench(smoke ? { rounds: 1, seconds: 1 } : { rounds, seconds });
    for (const line of lines) console.log(line);
    if (record && !smoke) history.add(name, lines);
  }
}
