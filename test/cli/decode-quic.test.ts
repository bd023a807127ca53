import { expect, test } from 'vitest';
import { rawPcap } from '../support/capture-bytes.ts';
import { ipv4, udp } from '../support/packets.ts';
import { cryptoFrame, RFC_HELLO, sealInitial, V1 } from '../support/quic-initial.ts';
import { play } from './fakes.ts';

const packet = ipv4(17, udp(50_000, 443, sealInitial(V1, cryptoFrame(0, RFC_HELLO))));
const pcap = rawPcap([packet]);

test('winze decode --packets -v says whom a QUIC client wants; without -v there is nothing of that', async () => {
  const decode = (...argv: string[]) =>
    play(['decode', '--packets', ...argv, 'quic.pcap'], { captures: { 'quic.pcap': pcap } });
  const verbose = await decode('-v');
  expect([verbose.code, verbose.stderr]).toEqual([0, '']);
  expect(verbose.stdout).toMatch(/: QUIC initial, v1, length 1200, client hello: SNI example\.com, ALPN alpn\n$/);
  expect((await decode()).stdout).toMatch(/: QUIC initial, v1, length 1200\n$/);
});
