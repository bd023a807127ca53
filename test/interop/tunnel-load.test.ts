/**
 * A flood of handshakes: an end under load asks for cookies, a new peer comes in with one, and an established one
 * does not notice.
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Capture, type Frame, udpPayloadOf } from './support/capture.ts';
import { until } from './support/commands.ts';
import { PAIRS } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { endpointOf, inLab, OUTER } from './support/tunnel-lab.ts';

const skipped = missingPeers(['ip', 'ping', 'wireguard-go', 'wg', 'tcpdump']);

const FLOOD = join(import.meta.dirname, 'support/initiation-flood.mjs');
const [INITIATION, RESPONSE, COOKIE_REPLY] = [1, 2, 3];
/** Of the new peer; the flood comes from others. */
const NEW_PORT = 51_900;

interface Handshake {
  readonly fromNear: boolean;
  /** Of the near end. */
  readonly port: number;
  readonly type: number;
  readonly bytes: Uint8Array;
}

describe.skipIf(skipped).concurrent.each(PAIRS)('$near, and $far under a flood of initiations', (ends) => {
  test('a cookie lets a new peer in, and an established one goes on', () =>
    inLab(async (lab) => {
      const { network } = lab;
      const { far, inside } = await lab.tunnel({ ends, presharedKey: true });
      await lab.reach('near', inside.far[4]);
      const fresh = lab.end('near', ends.near, { number: 7, port: NEW_PORT });
      const toFar = { allowedIps: ['10.0.7.2/32'], endpoint: endpointOf(OUTER[4].far, 51_820) };
      await fresh.up([{ publicKey: far.publicKey, ...toFar }]);
      far.set('peer', fresh.publicKey, 'allowed-ips', '10.0.7.1/32');
      network.address('far', far.device, '10.0.7.2/24');

      const capture = await Capture.begin(network, 'near', 'veth0', { filter: 'udp[8] < 4', snaplen: 256 });
      const pinging = network.start('near', ['ping', '-i', '0.1', '-W', '5', inside.far[4]]);
      const flood = network.start('near', [process.execPath, FLOOD, OUTER[4].far, '51820', far.publicKey]);
      await flood.says(/flooding/, 60_000);
      // One packet: it waits for the handshake.
      const first = network.start('near', ['ping', '-c', '1', '-W', '30', '10.0.7.2']);
      await until('the new peer has a session', () => fresh.peer().latestHandshake > 0, 30_000);
      expect((await first.end()).stdout).toMatch(/ 1 received/);
      await flood.end();
      const { stdout } = await pinging.stop();
      const frames = (await capture.end()).map(handshakeOf);

      const mine = frames.filter(({ port }) => port === NEW_PORT);
      expect(mine.map(({ type }) => type)).toEqual([INITIATION, COOKIE_REPLY, INITIATION, RESPONSE]);
      const [initiation, cookie, again] = mine.map(({ bytes }) => Buffer.from(bytes));
      expect(cookie?.subarray(4, 8)).toEqual(initiation?.subarray(4, 8));
      expect(initiation?.subarray(132, 148)).toEqual(Buffer.alloc(16));
      expect(again?.subarray(132, 148)).not.toEqual(Buffer.alloc(16));

      // The others have no cookie: nothing else is for them, and less than they sent.
      const others = frames.filter(({ port, fromNear }) => port !== NEW_PORT && port !== 51_820 && !fromNear);
      expect(others.length).toBeGreaterThan(100);
      expect(new Set(others.map(({ type }) => type))).toEqual(new Set([COOKIE_REPLY]));

      const [sent = 0, received = 0] = (/(\d+) packets transmitted, (\d+) received/.exec(stdout) ?? [])
        .slice(1)
        .map(Number);
      expect(sent).toBeGreaterThan(10);
      expect(received).toBeGreaterThanOrEqual(sent * 0.95 - 1);
      if (ends.far === 'winze') await far.says(/under load/);
      if (ends.near === 'winze') await fresh.says(/asks for proof of our address/);
    }));
});

function handshakeOf(frame: Frame): Handshake {
  const bytes = udpPayloadOf(frame);
  const { octets } = frame;
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  const fromNear = octets[29] === 1;
  return { fromNear, port: view.getUint16(fromNear ? 34 : 36), type: bytes[0] ?? 0, bytes };
}
