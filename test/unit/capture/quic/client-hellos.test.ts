import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readClientHello } from '../../../../src/capture/quic/client-hello.ts';
import { ClientHellos } from '../../../../src/capture/quic/client-hellos.ts';
import { readLongPacket } from '../../../../src/capture/quic/initial-packet.ts';
import type { QuicCrypto } from '../../../../src/core/quic-crypto.ts';
import { quicCrypto } from '../../../../src/crypto/quic-crypto.ts';
import { helloPart } from '../../../../src/report/decode/lines/line-hello.ts';
import { LineWriter } from '../../../../src/report/decode/lines/line-writer.ts';
import { ascii, hex } from '../../../support/golden-handshakes.ts';
import { Bench, ipv4, join, type Octets, u16, u32, udp, zeros } from '../../../support/packets.ts';
import { cryptoFrame, RFC_HELLO, sealInitial, V1, V2 } from '../../../support/quic-initial.ts';

/** One capture, datagram by datagram: the line of each ClientHello. */
class Capture {
  readonly #bench = new Bench();
  readonly #hellos = new ClientHellos(quicCrypto);

  read(datagram: Octets, capturedBytes?: number): string | null {
    const packet = ipv4(17, udp(50_000, 443, datagram));
    const kept = packet.slice(0, capturedBytes === undefined ? packet.length : 28 + capturedBytes);
    this.#bench.ip(kept, { originalBytes: packet.length });
    const hello = this.#hellos.read(this.#bench.stack);
    if (hello === null) return null;
    const out = new LineWriter();
    helloPart(out, hello);
    return Buffer.from(out.take()).toString('latin1');
  }
}

const RFC_LINE = ', client hello: SNI example.com, ALPN alpn';
const VERSIONS = [V1, V2].map((version) => [version.version.toString(16), version] as const);

test.each(VERSIONS)('version %s: the packet of RFC appendix A.2', (_, version) => {
  const packet = sealInitial(version, join([6, 0], u16(0x4000 + RFC_HELLO.length), RFC_HELLO));
  const text = Buffer.from(packet).toString('hex');
  expect([packet.length, text.slice(0, 64)]).toEqual([1200, version.begins]);
  expect(text.endsWith(version.ends)).toBe(true);
  expect(new Capture().read(packet)).toBe(RFC_LINE);
});

/** RFC 9001 A.3. */
const SERVER_INITIAL = hex(
  'cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf7' +
    '3c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f' +
    '58891850abbdca3d20398c276456cbc42158407dd074ee',
);

describe('a ClientHello that is split', () => {
  const [head, middle, tail] = [RFC_HELLO.slice(0, 100), RFC_HELLO.slice(100, 180), RFC_HELLO.slice(180)];

  test('over packets of several datagrams, reordered and duplicated', () => {
    const capture = new Capture();
    const packets = [
      sealInitial(V1, cryptoFrame(180, tail), { number: 1 }),
      sealInitial(V1, cryptoFrame(180, tail), { number: 2 }),
      sealInitial(V1, cryptoFrame(0, head), { number: 0 }),
    ];
    for (const packet of packets) expect(capture.read(packet)).toBeNull();
    expect(capture.read(sealInitial(V1, cryptoFrame(90, RFC_HELLO.slice(90, 190)), { number: 7 }))).toBe(RFC_LINE);
    expect(capture.read(sealInitial(V1, cryptoFrame(100, middle), { number: 8 }))).toBeNull();
  });

  test('over frames of one packet, with PING, PADDING and ACK between them', () => {
    const ack = [2, 9, 0x40, 0, 1, 3, 0, 1];
    const ackWithEcn = [3, 9, 0, 0, 3, 1, 2, 3];
    const payload = join(
      cryptoFrame(180, tail),
      [1, 0, 0],
      cryptoFrame(0, head),
      ack,
      ackWithEcn,
      cryptoFrame(100, middle),
    );
    expect(new Capture().read(sealInitial(V1, payload))).toBe(RFC_LINE);
  });

  test('over packets of one datagram, after other packets', () => {
    const sealed = { payloadBytes: 0 };
    const first = sealInitial(V1, cryptoFrame(0, head), sealed);
    const second = sealInitial(V1, join(cryptoFrame(100, middle), cryptoFrame(180, tail)), { ...sealed, number: 3 });
    const zeroRtt = join([0xd0, 0, 0, 0, 1, 1, 9, 0], u16(0x4000 + 50), zeros(50));
    expect(new Capture().read(join(first, zeroRtt, second))).toBe(RFC_LINE);
    expect(new Capture().read(join(SERVER_INITIAL, first, second))).toBe(RFC_LINE);
  });

  test('in two connections with the same id and different versions', () => {
    const capture = new Capture();
    expect(capture.read(sealInitial(V1, cryptoFrame(0, head)))).toBeNull();
    expect(capture.read(sealInitial(V2, join(cryptoFrame(100, middle), cryptoFrame(180, tail))))).toBeNull();
    expect(capture.read(sealInitial(V1, join(cryptoFrame(100, middle), cryptoFrame(180, tail))))).toBe(RFC_LINE);
  });
});

test('a ClientHello in a packet with a token, as after a Retry', () => {
  expect(new Capture().read(sealInitial(V1, cryptoFrame(0, RFC_HELLO), { token: zeros(60) }))).toBe(RFC_LINE);
});

describe('no ClientHello is found', () => {
  const packet = sealInitial(V1, cryptoFrame(0, RFC_HELLO));
  const version = (value: number): Uint8Array => join(packet.slice(0, 4), [value], packet.slice(5));
  test.each<[string, Octets, number?]>([
    ['of what a server says', SERVER_INITIAL],
    ['of a version whose salt is not known', join([packet[0] ?? 0, 0xff, 0, 0, 29], packet.slice(5))],
    ['of a packet that the capture has cut', packet, packet.length - 1],
    ['of a packet with another version', version(2)],
    ['of a damaged packet', packet.map((octet, i) => (i === 700 ? octet ^ 1 : octet))],
    ['of another message of TLS', sealInitial(V1, cryptoFrame(0, join([2, 0, 0, 4], zeros(4))))],
    ['of frames that may not be there', sealInitial(V1, join([0x1e], cryptoFrame(0, RFC_HELLO)))],
    ['of a frame that ends behind the packet', sealInitial(V1, [6, 0, 0x44, 0, 1])],
    ['of a message that says it is larger than any', sealInitial(V1, cryptoFrame(0, [1, 0xff, 0, 0]))],
  ])('%s', (_, datagram, captured) => {
    expect(new Capture().read(datagram, captured)).toBeNull();
  });
});

/** Does not encrypt: the ciphertext is the plaintext and 16 meaningless octets. */
const transparent: QuicCrypto = {
  hmac: () => new Uint8Array(32),
  aesBlock: (_, block) => {
    expect(block.length).toBe(16);
    return new Uint8Array(16);
  },
  openGcm: (_key, _nonce, sealed) => sealed.slice(0, -16),
};

/** An unprotected Initial packet of the connection with this number. */
function openInitial(id: number, payload: Octets): Uint8Array {
  const length = u16(0x4000 + 4 + payload.length + 16);
  return join([0xc3], u32(1), [2], u16(id), [0, 0], length, zeros(4), payload, zeros(16));
}

test('the oldest connection is dropped when there are too many', () => {
  const bench = new Bench();
  const hellos = new ClientHellos(transparent);
  const read = (id: number, payload: Octets): boolean => {
    bench.ip(ipv4(17, udp(50_000, 443, openInitial(id, payload))));
    return hellos.read(bench.stack) !== null;
  };
  const [half, rest] = [cryptoFrame(0, RFC_HELLO.slice(0, 120)), cryptoFrame(120, RFC_HELLO.slice(120))];
  for (let id = 0; id < 65; id++) expect(read(id, half)).toBe(false);
  expect([read(1, rest), read(0, rest)]).toEqual([true, false]);
  expect(read(2, join(half, rest))).toBe(true);
});

test('an Initial packet too short for a sample is skipped', () => {
  const bench = new Bench();
  bench.ip(ipv4(17, udp(50_000, 443, join([0xc3], u32(1), [2, 0, 9, 0, 0], [19], zeros(19)))));
  expect(bench.stack.count).toBe(3);
  expect(new ClientHellos(transparent).read(bench.stack)).toBeNull();
});

test.each<[string, Octets]>([
  ['cut before its length', join([0xc3], u32(1), [1, 9, 0])],
  ['cut in its token', join([0xc3], u32(1), [1, 9, 0, 5, 1, 2])],
  ['a Retry', join([0xf0], u32(1), [1, 9, 0, 4], zeros(30))],
  ['an id of 21 octets', join([0xc3], u32(1), [21], zeros(21), [0, 0, 20], zeros(20))],
])('no packet: %s', (_, octets) => {
  const bytes = Uint8Array.from(octets);
  expect(readLongPacket(bytes, 0, bytes.length)).toBeNull();
});

test('a ClientHello with inconsistent lengths is ignored, and random octets cause no exception', () => {
  expect(readClientHello(RFC_HELLO)).not.toBeNull();
  expect(readClientHello(RFC_HELLO.slice(0, -1))).toBeNull();
  // The last extension claims one octet more than there are.
  const longer = RFC_HELLO.slice();
  expect(longer.slice(-54, -50)).toEqual(hex('00390032'));
  longer[RFC_HELLO.length - 51] = 0x33;
  expect(readClientHello(longer)).toBeNull();
  const at = Buffer.from(RFC_HELLO).indexOf('alpn');
  const name = RFC_HELLO.slice();
  name[at - 1] = 5;
  expect(readClientHello(name)?.protocols).toEqual([]);
  fc.assert(
    fc.property(fc.nat(240), fc.nat(255), fc.nat(241), (at, octet, length) => {
      const message = RFC_HELLO.slice(0, length);
      message[at] = octet;
      readClientHello(message);
      new Capture().read(sealInitial(V1, cryptoFrame(at, message), { payloadBytes: 0 }));
    }),
    { numRuns: 300 },
  );
});

test('random frames: no exception, and no endless loop', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (payload) => {
      new Capture().read(sealInitial(V1, payload, { payloadBytes: 20 }));
    }),
    { numRuns: 500 },
  );
});

describe('the line', () => {
  const lineOf = (serverName: Uint8Array | null, protocols: Uint8Array[]): string => {
    const out = new LineWriter();
    helloPart(out, { serverName, protocols });
    return Buffer.from(out.take()).toString('latin1');
  };

  test('escapes what is not printable', () => {
    expect(lineOf(ascii('a\x1b[2J\n'), [ascii('h3'), ascii('\\')])).toBe(
      ', client hello: SNI a\\x1b[2J\\x0a, ALPN h3 \\x5c',
    );
  });

  test('without a server name, without protocols, and with too many of them', () => {
    expect(lineOf(null, [])).toBe(', client hello: no SNI');
    expect(lineOf(ascii('x'.repeat(300)), new Array<Uint8Array>(11).fill(ascii('h3')))).toBe(
      `, client hello: SNI ${'x'.repeat(255)}.., ALPN${' h3'.repeat(8)} and 3 more`,
    );
  });
});
