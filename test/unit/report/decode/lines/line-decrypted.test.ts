import { expect, test } from 'vitest';
import { DECRYPT_RESULT } from '../../../../../src/capture/keys/batches/message-decrypter.ts';
import type { DecryptedPacket } from '../../../../../src/capture/keys/decrypter.ts';
import type { HandshakeFacts } from '../../../../../src/capture/keys/handshake-decrypter.ts';
import { decryptedPart } from '../../../../../src/report/decode/lines/line-decrypted.ts';
import { LineWriter } from '../../../../../src/report/decode/lines/line-writer.ts';
import { PacketPrinter } from '../../../../../src/report/decode/lines/packet-lines.ts';
import { KERNEL } from '../../../../support/golden-handshakes.ts';
import { Bench, ethernet, icmpEcho, ipv4, join, recordOf, udp, wireguardData } from '../../../../support/packets.ts';

const record = recordOf(new Uint8Array(0), { seconds: 1_532_126_321, nanoseconds: 0 });

function part(changes: Partial<DecryptedPacket>): string {
  const out = new LineWriter();
  decryptedPart(out, record, {
    handshake: null,
    source: null,
    count: 0,
    missing: 0,
    results: new Uint8Array(8),
    offsets: new Int32Array(8),
    lengths: new Int32Array(8),
    bytes: new Uint8Array(0),
    ...changes,
  });
  return Buffer.from(out.take()).toString('latin1');
}

const facts = (changes: Partial<HandshakeFacts>): HandshakeFacts => ({
  isInitiation: true,
  result: DECRYPT_RESULT.decrypted,
  initiator: null,
  responder: null,
  timestamp: null,
  cookie: null,
  ...changes,
});

test.each([
  ['nothing, where all is open', { count: 2 }, ''],
  [
    'a reason',
    { count: 1, results: Uint8Array.of(DECRYPT_RESULT.notAuthentic) },
    ' [not decrypted: authentication failed]',
  ],
  [
    'how many of a train',
    { count: 3, missing: 1, results: Uint8Array.of(0, DECRYPT_RESULT.cut, 0) },
    ' [2 not decrypted: cut by the snap length]',
  ],
  ['what is not there at all', { missing: 2 }, ' [2 not decrypted: cut by the snap length]'],
] as const)('decryptedPart() writes of data: %s', (_, changes, text) => {
  expect(part(changes)).toBe(text);
});

test.each([
  [
    'who, and a clock',
    {
      initiator: { publicKey: KERNEL.initiatorPublic, name: null },
      responder: { publicKey: KERNEL.responderPublic, name: 'office' },
      timestamp: KERNEL.timestamp,
    },
    ', initiator Igge9KzR.., responder office, clock +0.357 s',
  ],
  ['a cookie', { cookie: Uint8Array.of(1, 255) }, ', cookie 01ff'],
  [
    'a name as it may be shown',
    { initiator: { publicKey: KERNEL.initiatorPublic, name: '\x1b[2Jü\n' } },
    ', initiator \\x1b[2J?\\n',
  ],
  ['a reason', { result: DECRYPT_RESULT.otherPeers }, ' [not decrypted: keys of other peers]'],
] as const)('decryptedPart() writes of a handshake: %s', (_, changes, text) => {
  expect(part({ handshake: facts(changes) })).toBe(text);
});

test('PacketPrinter puts notes at the end of a line, and packets inside further to the right', () => {
  const out = new LineWriter();
  const printer = new PacketPrinter(out, { verbose: false, hex: false, utcOffsetS: () => 0 });
  const ping = ipv4(1, icmpEcho());
  const inVxlan = ipv4(
    17,
    udp(40_000, 4789, join([8, 0, 0, 0, 0, 0, 7, 0], ethernet(0x0800, ipv4(17, udp(1, 51_820, wireguardData(1, 0)))))),
  );
  const outer = new Bench();
  outer.ip(inVxlan);
  printer.print(recordOf(inVxlan), outer.stack, (line) => void line.text(' [note]'));
  const inner = new Bench();
  const nested = ipv4(4, ping);
  for (let i = 0; i < 2; i++) {
    inner.ip(nested);
    printer.printInner(recordOf(nested), inner.stack);
  }
  const lines = new TextDecoder().decode(out.take()).trimEnd().split('\n');
  expect(lines[1]).toBe('    IP 192.0.2.1.1 > 198.51.100.2.51820: WireGuard data, rx 0x00000001, ctr 0, len 64 [note]');
  expect(lines.slice(2).map((line) => line.search(/\S/))).toEqual([8, 12, 8, 12]);
});
