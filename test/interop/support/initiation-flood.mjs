/**
 * Sends initiations that a device must look into: their mac1 is right, and whom they claim to be from is a peer of
 * nobody. 20 bursts within 8 s.
 *
 *     node initiation-flood.mjs ADDRESS PORT PUBLIC-KEY MESSAGES-PER-BURST
 */
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostPrimitives } from '../../../dist/crypto/select.js';
import { loadLibc } from '../../../dist/native/libc.js';
import { CookieGenerator } from '../../../dist/tunnel/wireguard/handshake/cookie.js';
import { localIdentity, publicIdentity } from '../../../dist/tunnel/wireguard/handshake/identity.js';
import { createInitiation } from '../../../dist/tunnel/wireguard/handshake/noise.js';

const BURSTS = 20;
const INTERVAL_MS = 400;

const [address, port, key, burst] = process.argv.slice(2);
const { primitives } = hostPrimitives(loadLibc(), () => Number(process.hrtime.bigint()));
const random = (bytes) => new Uint8Array(randomBytes(bytes));

const remote = new Uint8Array(Buffer.from(key, 'base64'));
const cookies = new CookieGenerator(primitives, publicIdentity(primitives, remote));
const local = localIdentity(primitives, random(32));
const shared = primitives.dh(local.privateKey, remote);
if (shared === null) throw new Error(`${key} has no shared secret`);
const messages = Array.from({ length: Number(burst) }, (_, senderIndex) => {
  const fields = { senderIndex, ephemeralPrivate: random(32), timestamp: random(12) };
  const initiation = createInitiation(primitives, local, remote, shared, fields);
  if (initiation === null) throw new Error(`no initiation for ${key}`);
  const { message } = initiation;
  cookies.addMacs(message, 0);
  return message;
});

const socket = createSocket('udp4');
// A full buffer, or an ICMP message, is no reason to end.
socket.on('error', () => {});
for (let i = 0; i < BURSTS; i++) {
  for (const message of messages) socket.send(message, Number(port), address);
  if (i === 2) console.log('flooding');
  await sleep(INTERVAL_MS);
}
socket.close();
