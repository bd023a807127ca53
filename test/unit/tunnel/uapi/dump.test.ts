import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tunnelDump } from '../../../../src/report/tunnel/tunnel-dump.ts';
import { parseDump } from '../../../../src/tunnel/uapi/dump.ts';
import { EMPTY, keyText, OFFICE, octets, ranges } from '../../report/tunnel-samples.ts';

// As wg(8) documents the columns.
const DEVICE = [keyText(1), keyText(0x11), '51820', '0xca6c'].join('\t');
const PEER = [keyText(3), keyText(9), '[2001:db8::1]:7', '10.0.0.0/24,fd00::/64', '1700000000', '10', '20', '25'];

describe('parseDump()', () => {
  test('reads a device and its peers', () => {
    expect(parseDump('wg0', `${DEVICE}\n${PEER.join('\t')}\n`)).toEqual({
      name: 'wg0',
      privateKey: octets(1),
      publicKey: octets(0x11),
      listenPort: 51_820,
      fwmark: 0xca6c,
      counts: {},
      peers: [
        {
          publicKey: octets(3),
          presharedKey: octets(9),
          endpoint: { address: '2001:db8::1', port: 7 },
          allowedIps: ranges('10.0.0.0/24', 'fd00::/64'),
          lastHandshake: { seconds: 1_700_000_000, nanoseconds: 0 },
          lastHandshakeAt: null,
          handshakeRttNs: null,
          rxBytes: 10,
          txBytes: 20,
          persistentKeepaliveSeconds: 25,
          counts: {},
        },
      ],
    });
  });

  test('reads what is not set', () => {
    const peer = [keyText(3), '(none)', '(none)', '(none)', '0', '0', '0', 'off'].join('\t');
    expect(parseDump('wg0', `(none)\t(none)\t0\toff\n${peer}`)).toMatchObject({
      privateKey: null,
      publicKey: null,
      fwmark: 0,
      peers: [
        { presharedKey: null, endpoint: null, allowedIps: [], lastHandshake: null, persistentKeepaliveSeconds: 0 },
      ],
    });
  });

  test('keeps the scope of a link-local endpoint', () => {
    const peer = PEER.with(2, '[fe80::1%eth0]:7').join('\t');
    expect(parseDump('wg0', `${DEVICE}\n${peer}`)?.peers[0]?.endpoint).toEqual({ address: 'fe80::1%eth0', port: 7 });
  });

  test('reads what our own dump prints', () => {
    for (const device of [OFFICE, EMPTY]) {
      const text = tunnelDump([device], { all: false, showKeys: true });
      expect(tunnelDump([parseDump(device.name, text) ?? EMPTY], { all: false, showKeys: true })).toBe(text);
    }
  });

  test.each([
    ['nothing', ''],
    ['a column too few', DEVICE.split('\t').slice(0, 3).join('\t')],
    ['a column too many', `${DEVICE}\tx`],
    ['a port that is none', DEVICE.replace('51820', '70000')],
    ['a peer without a key', `${DEVICE}\n${PEER.with(0, 'x').join('\t')}`],
    ['a range that is none', `${DEVICE}\n${PEER.with(3, '10.0.0.0/33').join('\t')}`],
    ['a number that is none', `${DEVICE}\n${PEER.with(5, '-1').join('\t')}`],
    ['a peer of seven columns', `${DEVICE}\n${PEER.slice(0, 7).join('\t')}`],
  ])('refuses %s', (_name, text) => {
    expect(parseDump('wg0', text)).toBeUndefined();
  });

  test('never throws', () => {
    const word = fc.oneof(fc.constantFrom(...DEVICE.split('\t'), ...PEER, '\n'), fc.string());
    fc.assert(fc.property(fc.array(word), (words) => void parseDump('wg0', words.join('\t'))));
  });
});
