/**
 * A process with a tunnel engine and as many peers as its argument says; prints its memory and the time that it took.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { memoryUsage } from 'node:process';
import { BenchEnd, monotonic, primitives } from './handshake-ends.mjs';

const end = new BenchEnd(1);
const peers = Array.from({ length: Number(process.argv[2]) }, (_, i) => ({
  publicKey: primitives.publicKey(new Uint8Array(randomBytes(32))),
  endpoint: { address: `198.51.${i >> 8}.${i & 255}`, port: 51_820 },
  presharedKey: new Uint8Array(randomBytes(32)),
  allowedIps: [{ remove: false, prefix: { octets: Uint8Array.of(10, 0, i >> 8, i & 255), bits: 32 } }],
}));
const began = monotonic();
end.device.configure({ peers }, end.now);
const configuredMs = (monotonic() - began) / 1e6;
/** @type {() => void} */ (globalThis.gc)();
const { rss, heapUsed, arrayBuffers } = memoryUsage();
console.log(JSON.stringify({ rss, heapUsed: heapUsed + arrayBuffers, configuredMs }));
