import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeviceStatus, PeerStatus } from '../../../../src/core/shapes/tunnel-config.ts';
import { formatErrno, formatGetReply, parseGetReply } from '../../../../src/tunnel/uapi/response.ts';
import { keyOctets, prefix, prefixOf, u16 } from '../config/samples.ts';

const key = (octet: number) => new Uint8Array(32).fill(octet);
/** Stands for X25519: what matters here is that it is asked. */
const derive = (privateKey: Uint8Array) => privateKey.map((octet) => octet ^ 0xff);
const parse = (text: string) => parseGetReply('wg0', text, derive);

const PEER: PeerStatus = {
  publicKey: key(2),
  presharedKey: null,
  endpoint: null,
  allowedIps: [],
  persistentKeepaliveSeconds: 0,
  lastHandshake: null,
  lastHandshakeAt: null,
  handshakeRttNs: null,
  txBytes: 0,
  rxBytes: 0,
  counts: {},
};
const DEVICE: DeviceStatus = {
  name: 'wg0',
  privateKey: null,
  publicKey: null,
  listenPort: 0,
  fwmark: 0,
  peers: [],
  counts: {},
};

test('formatGetReply() of an empty device is the errno alone', () => {
  expect(formatGetReply(DEVICE)).toBe('errno=0\n\n');
  expect(formatErrno(-98)).toBe('errno=-98\n\n');
});

test('formatGetReply() has the keys of the protocol in the order of wireguard-go', () => {
  const peer = {
    ...PEER,
    endpoint: { address: 'abcd:23::33%2', port: 51820 },
    allowedIps: [prefixOf('192.168.4.4/32'), prefixOf('fd00::/64')],
    lastHandshake: { seconds: 1_700_000_000, nanoseconds: 5 },
    txBytes: 38_333,
    rxBytes: 2_224,
    persistentKeepaliveSeconds: 111,
  };
  const text = formatGetReply({
    ...DEVICE,
    privateKey: key(1),
    listenPort: 12_912,
    fwmark: 7,
    peers: [peer, { ...PEER, presharedKey: key(3) }],
  });
  expect(text).toBe(`private_key=${'01'.repeat(32)}
listen_port=12912
fwmark=7
public_key=${'02'.repeat(32)}
preshared_key=${'00'.repeat(32)}
protocol_version=1
endpoint=[abcd:23::33%2]:51820
last_handshake_time_sec=1700000000
last_handshake_time_nsec=5
tx_bytes=38333
rx_bytes=2224
persistent_keepalive_interval=111
allowed_ip=192.168.4.4/32
allowed_ip=fd00::/64
public_key=${'02'.repeat(32)}
preshared_key=${'03'.repeat(32)}
protocol_version=1
last_handshake_time_sec=0
last_handshake_time_nsec=0
tx_bytes=0
rx_bytes=0
persistent_keepalive_interval=0
errno=0

`);
});

describe('parseGetReply()', () => {
  test('reads what formatGetReply() writes', () => {
    fc.assert(
      fc.property(device, (status) => {
        expect(parse(formatGetReply(status))).toEqual({ ok: true, status });
      }),
    );
  });

  test('leaves out keys that it does not know, of device and peer', () => {
    const text = `listen_port=1\ndaita_x=2\npublic_key=${'02'.repeat(32)}\nfuture=3\nerrno=0\n\n`;
    expect(parse(text)).toEqual({ ok: true, status: { ...DEVICE, listenPort: 1, peers: [PEER] } });
  });

  test('takes counters of 64 bits', () => {
    const text = `public_key=${'02'.repeat(32)}\ntx_bytes=18446744073709551615\nerrno=0\n\n`;
    expect(parse(text)).toMatchObject({ ok: true, status: { peers: [{ txBytes: 2 ** 64 }] } });
  });

  test.each([
    ['', null, 'the reply breaks off before errno'],
    ['listen_port=1\n', null, 'the reply breaks off before errno'],
    ['listen_port=1\n\n', null, 'the reply breaks off before errno'],
    ['nonsense\nerrno=0\n\n', null, 'the reply breaks off before errno'],
    ['errno=-1\n\n', -1, 'the device refused with errno -1'],
    ['errno=x\n\n', null, 'the value of errno makes no sense'],
    ['listen_port=x\nerrno=0\n\n', null, 'the value of listen_port makes no sense'],
    ['private_key=abc\nerrno=0\n\n', null, 'the value of private_key makes no sense'],
    [
      `public_key=${'02'.repeat(32)}\nendpoint=example.org:1\nerrno=0\n\n`,
      null,
      'the value of endpoint makes no sense',
    ],
    [
      `public_key=${'02'.repeat(32)}\nlast_handshake_time_nsec=1000000000\nerrno=0\n\n`,
      null,
      'the value of last_handshake_time_nsec makes no sense',
    ],
  ])('refuses %j', (text, errno, reason) => {
    expect(parse(text)).toEqual({ ok: false, errno, reason });
  });

  test('never throws', () => {
    const piece = fc.constantFrom(
      'public_key=',
      '02'.repeat(32),
      '\n',
      '=',
      'errno=',
      '0',
      'allowed_ip=',
      '::/0',
      'endpoint=',
      '__proto__=',
      'tx_bytes=',
      '9',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: piece }, fc.string()), { maxLength: 60 }), (pieces) => {
        expect(typeof parse(pieces.join('')).ok).toBe('boolean');
      }),
      { numRuns: 1000 },
    );
  });
});

/** Zero octets stand for no key. */
const someKey = fc.option(
  keyOctets.filter((octets) => octets.some((octet) => octet > 0)),
  { nil: null },
);
const count = fc.maxSafeNat();
const peer: fc.Arbitrary<PeerStatus> = fc.record({
  publicKey: keyOctets,
  presharedKey: someKey,
  endpoint: fc.option(
    fc.record({ address: fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::1', 'fe80::1%3')), port: u16 }),
    { nil: null },
  ),
  allowedIps: fc.array(prefix, { maxLength: 4 }),
  persistentKeepaliveSeconds: u16,
  lastHandshake: fc.option(fc.record({ seconds: fc.integer({ min: 1, max: 4e9 }), nanoseconds: fc.nat(999_999_999) }), {
    nil: null,
  }),
  lastHandshakeAt: fc.constant(null),
  handshakeRttNs: fc.constant(null),
  txBytes: count,
  rxBytes: count,
  counts: fc.constant({}),
});
const device: fc.Arbitrary<DeviceStatus> = fc
  .record({
    privateKey: someKey,
    listenPort: u16,
    fwmark: fc.nat(0xffff_ffff),
    peers: fc.array(peer, { maxLength: 4 }),
  })
  .map((drawn) => ({ ...drawn, name: 'wg0', publicKey: drawn.privateKey && derive(drawn.privateKey), counts: {} }));

describe('lines of our own', () => {
  const device = {
    ...DEVICE,
    counts: { 'no-peer': 3 },
    peers: [{ ...PEER, handshakeRttNs: 42_000, counts: { replayed: 2, 'response-received': 1 } }],
  };

  test('formatGetReply() adds them, and parseGetReply() reads them', () => {
    const text = formatGetReply(device);
    expect(text.split('\n').filter((line) => line.startsWith('winze_'))).toEqual([
      'winze_count=no-peer 3',
      'winze_rtt_ns=42000',
      'winze_count=replayed 2',
      'winze_count=response-received 1',
    ]);
    expect(parse(text)).toEqual({ ok: true, status: device });
  });

  test.each([
    'winze_count=',
    'winze_count=replayed',
    'winze_count=a b',
    'winze_count=__proto__ 1',
    'winze_count=a 1 2',
  ])('parseGetReply() refuses %s', (line) => {
    expect(parse(`${line}\nerrno=0\n\n`)).toMatchObject({ ok: false });
  });

  test('parseGetReply() takes a bounded number of counts', () => {
    const lines = Array.from({ length: 101 }, (_, i) => `winze_count=a${i} 1\n`).join('');
    expect(parse(`${lines}errno=0\n\n`)).toMatchObject({ ok: false });
  });
});
