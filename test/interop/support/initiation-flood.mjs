/**
 * Sends initiations that a device must look into: their mac1 is right, and whom they claim to be from is a peer of
 * nobody. At most 5,000, in bursts, within 8 s.
 *
 *     node initiation-flood.mjs ADDRESS PORT PUBLIC-KEY
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostPrimitives } from '../../../dist/crypto/select.js';
import { loadLibc } from '../../../dist/native/libc.js';
import { CookieHolder } from '../../../dist/tunnel/wireguard/cookie.js';
import { localIdentity, publicIdentity } from '../../../dist/tunnel/wireguard/identity.js';
import { createInitiation } from '../../../dist/tunnel/wireguard/noise.js';

const BURST = 250;
const BURSTS = 20;
const INTERVAL_MS = 400;

const [address, port, key] = process.argv.slice(2);
const { primitives } = hostPrimitives(loadLibc(), () => Number(process.hrtime.bigint()));
const random = (bytes) => new Uint8Array(randomBytes(bytes));

const remote = new Uint8Array(Buffer.from(key, 'base64'));
const cookies = new CookieHolder(primitives, publicIdentity(primitives, remote));
const local = localIdentity(primitives, random(32));
const shared = primitives.dh(local.privateKey, remote);
const messages = Array.from({ length: BURST }, (_, senderIndex) => {
  const fields = { senderIndex, ephemeralPrivate: random(32), timestamp: random(12) };
  const { message } = createInitiation(primitives, local, remote, shared, fields);
  cookies.addMacs(message, 0);
  return message;
});

const socket = createSocket('udp4');
// A full buffer, or an ICMP message, is no reason to end.
socket.on('error', () => {});
for (let burst = 0; burst < BURSTS; burst++) {
  for (const message of messages) socket.send(message, Number(port), address);
  if (burst === 2) console.log('flooding');
  await sleep(INTERVAL_MS);
}
socket.close();
