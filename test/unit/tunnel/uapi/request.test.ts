import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeviceChange, PeerChange } from '../../../../src/core/shapes/tunnel-config.ts';
import { formatPrefix } from '../../../../src/tunnel/prefix.ts';
import {
  MAX_UAPI_LINE_BYTES,
  MAX_UAPI_LINES,
  type UapiRequest,
  UapiRequestParser,
} from '../../../../src/tunnel/uapi/request.ts';
import { keyOctets, prefix, prefixOf, u16 } from '../config/samples.ts';

const octets = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
const parse = (text: string) => new UapiRequestParser().handleChunk(octets(text));
const hex = (key: Uint8Array) => Buffer.from(key).toString('hex');
const KEY = 'ab'.repeat(32);
const key = (octet: number) => new Uint8Array(32).fill(octet);

describe('requests that follow the protocol', () => {
  test('get, and several on one connection', () => {
    expect(parse('get=1\n\n')).toEqual([{ tag: 'get' }]);
    expect(parse('get=1\n\nset=1\n\nget=1\n\n')).toEqual([
      { tag: 'get' },
      { tag: 'set', change: { peers: [] } },
      { tag: 'get' },
    ]);
  });

  test('every key of a device and of a peer (https://www.wireguard.com/xplatform/)', () => {
    const text = `set=1
private_key=${'00'.repeat(32)}
listen_port=12912
fwmark=51820
replace_peers=true
public_key=${'02'.repeat(32)}
preshared_key=${'03'.repeat(32)}
endpoint=[abcd:23::33%2]:51820
persistent_keepalive_interval=111
replace_allowed_ips=true
allowed_ip=192.168.4.4/32
allowed_ip=-192.168.4.8/24
protocol_version=1
public_key=${'04'.repeat(32)}
update_only=true
endpoint=182.122.22.19:3233
public_key=${'05'.repeat(32)}
remove=true

`;
    expect(parse(text)).toEqual([
      {
        tag: 'set',
        change: {
          privateKey: key(0),
          listenPort: 12912,
          fwmark: 51820,
          replacePeers: true,
          peers: [
            {
              publicKey: key(2),
              presharedKey: key(3),
              endpoint: { address: 'abcd:23::33%2', port: 51820 },
              persistentKeepaliveSeconds: 111,
              replaceAllowedIps: true,
              allowedIps: [
                { remove: false, prefix: prefixOf('192.168.4.4/32') },
                { remove: true, prefix: prefixOf('192.168.4.0/24') },
              ],
            },
            { publicKey: key(4), updateOnly: true, endpoint: { address: '182.122.22.19', port: 3233 }, allowedIps: [] },
            { publicKey: key(5), remove: true, allowedIps: [] },
          ],
        },
      },
    ]);
  });

  test('replace_allowed_ips forgets the ranges above it and keeps those below', () => {
    const [request] = parse(
      `set=1\npublic_key=${KEY}\nallowed_ip=10.0.0.0/8\nreplace_allowed_ips=true\nallowed_ip=11.0.0.0/8\n\n`,
    );
    expect(request?.tag === 'set' && request.change.peers[0]?.allowedIps).toEqual([
      { remove: false, prefix: prefixOf('11.0.0.0/8') },
    ]);
  });

  test('the same peer may come again', () => {
    const [request] = parse(`set=1\npublic_key=${KEY}\nremove=true\npublic_key=${KEY}\n\n`);
    expect(request?.tag === 'set' && request.change.peers.map(({ remove }) => remove)).toEqual([true, undefined]);
  });

  test('any change is read as it was written, however its octets come', () => {
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 90 })),
        (changes, sizes) => {
          const parser = new UapiRequestParser();
          const stream = octets(changes.map((it) => `${written(it)}get=1\n\n`).join(''));
          const requests: UapiRequest[] = [];
          let at = 0;
          for (const size of [...sizes, stream.length]) {
            requests.push(...parser.handleChunk(stream.subarray(at, at + size)));
            at += size;
          }
          expect(requests).toEqual(changes.flatMap((it) => [{ tag: 'set', change: it }, { tag: 'get' }]));
        },
      ),
    );
  });

  test('every split in two gives the same requests, those refused included', () => {
    const stream = octets(
      `set=1\nlisten_port=x\nfwmark=1\n\nget=1\n\nset=1\npublic_key=${KEY}\nallowed_ip=::/0\n\nnonsense\nget=1\n\n`,
    );
    const whole = new UapiRequestParser().handleChunk(stream);
    expect(whole.map(({ tag }) => tag)).toEqual(['refused', 'get', 'set', 'refused']);
    for (let at = 0; at <= stream.length; at++) {
      const parser = new UapiRequestParser();
      expect([...parser.handleChunk(stream.subarray(0, at)), ...parser.handleChunk(stream.subarray(at))]).toEqual(
        whole,
      );
    }
  });
});

describe('requests that do not', () => {
  test.each([
    ['private_key=abc', 'private_key: it has 3 characters; a key has 64'],
    [`private_key=${Buffer.alloc(32, 1).toString('base64')}`, 'private_key: it is base64; a key is hexadecimal here'],
    ['listen_port=65536', 'listen_port: not a number from 0 to 65535'],
    ['listen_port=-1', 'listen_port: not a number from 0 to 65535'],
    ['listen_port=+1', 'listen_port: not a number from 0 to 65535'],
    ['listen_port=', 'listen_port: not a number from 0 to 65535'],
    ['listen_port= 1', 'listen_port: not a number from 0 to 65535'],
    ['fwmark=4294967296', 'fwmark: not a number from 0 to 4294967295'],
    ['fwmark=0x1', 'fwmark: not a number from 0 to 4294967295'],
    ['replace_peers=false', 'replace_peers: only "true" is a value'],
    ['replace_peers=TRUE', 'replace_peers: only "true" is a value'],
    ['endpoint=1.2.3.4:5', 'no such key of a device'],
    ['__proto__=1', 'no such key of a device'],
    ['public_key=', 'public_key: it has 0 characters; a key has 64'],
  ])('of a device: %s', (line, fault) => {
    expect(parse(`set=1\n${line}\n\n`)).toEqual([
      { tag: 'refused', errno: -22, reason: `line 2 of the request: ${fault}`, close: false },
    ]);
  });

  test.each([
    ['private_key=00', 'no such key of a peer'],
    ['replace_peers=true', 'no such key of a peer'],
    ['remove=1', 'remove: only "true" is a value'],
    ['update_only=yes', 'update_only: only "true" is a value'],
    ['replace_allowed_ips=', 'replace_allowed_ips: only "true" is a value'],
    ['preshared_key=zz', 'preshared_key: it has 2 characters; a key has 64'],
    ['persistent_keepalive_interval=off', 'persistent_keepalive_interval: not a number from 0 to 65535'],
    ['protocol_version=2', 'protocol_version: only 1 is known'],
    ['allowed_ip=10.0.0.0/33', 'allowed_ip: not an address range'],
    ['allowed_ip=+10.0.0.0/8', 'allowed_ip: not an address range'],
    ['endpoint=example.org:1', 'endpoint: not an address with a port'],
    ['endpoint=::1:51820', 'endpoint: not an address with a port'],
    ['endpoint=[1.2.3.4]:1', 'endpoint: not an address with a port'],
    ['endpoint=[::1]:65536', 'endpoint: not an address with a port'],
    ['endpoint=1.2.3.4', 'endpoint: not an address with a port'],
  ])('of a peer: %s', (line, fault) => {
    expect(parse(`set=1\npublic_key=${KEY}\n${line}\n\n`)).toEqual([
      { tag: 'refused', errno: -22, reason: `line 3 of the request: ${fault}`, close: false },
    ]);
  });

  test('a line without key=value is EPROTO', () => {
    expect(parse('set=1\nnonsense\n\n')).toMatchObject([{ errno: -71, close: false }]);
    expect(parse('set=1\n=1\n\n')).toMatchObject([{ errno: -71, close: false }]);
  });

  test('get with further lines is EINVAL', () => {
    expect(parse('get=1\nlisten_port=1\n\nget=1\n\n')).toMatchObject([
      { tag: 'refused', errno: -22, close: false },
      { tag: 'get' },
    ]);
  });

  test('a fault waits for the end of its request, and the next is read', () => {
    const parser = new UapiRequestParser();
    expect(parser.handleChunk(octets('set=1\nlisten_port=x\nfwmark=1\n'))).toEqual([]);
    expect(parser.handleChunk(octets('\nget=1\n\n')).map(({ tag }) => tag)).toEqual(['refused', 'get']);
  });

  test.each(['set=2\n', 'GET / HTTP/1.1\r\n', '\n', 'get=1\r\n'])('%j ends the connection', (text) => {
    const parser = new UapiRequestParser();
    expect(parser.handleChunk(octets(`${text}get=1\n\n`))).toMatchObject([{ tag: 'refused', errno: -71, close: true }]);
    expect(parser.handleChunk(octets('get=1\n\n'))).toEqual([]);
  });

  test('a refusal never repeats a key', () => {
    const secret = 'a1b2c3d4'.repeat(8);
    for (const text of [
      `private_key=${secret}0`,
      `preshared_key=${secret}`,
      secret,
      `${secret}=1`,
      `listen_port=${secret}`,
    ]) {
      expect(JSON.stringify(parse(`set=1\n${text}\n\n`))).not.toContain('a1b2c3d4');
      expect(JSON.stringify(parse(`${text}\n`))).not.toContain('a1b2c3d4');
    }
  });
});

describe('hostile streams', () => {
  test('a line without end is refused as soon as it is too long', () => {
    const parser = new UapiRequestParser();
    expect(parser.handleChunk(octets(`set=1\n${'x'.repeat(MAX_UAPI_LINE_BYTES)}`))).toEqual([]);
    expect(parser.handleChunk(octets('x'))).toMatchObject([{ tag: 'refused', errno: -71, close: true }]);
    expect(parser.handleChunk(octets('x'.repeat(1 << 20)))).toEqual([]);
    expect(parse('y'.repeat(1 << 20))).toMatchObject([{ errno: -71, close: true }]);
  });

  test.each([
    ['good', 'fwmark=1\n'],
    ['bad', 'x\n'],
  ])('a request without end of %s lines is refused', (_, line) => {
    const requests = parse(`set=1\n${line.repeat(MAX_UAPI_LINES + 2)}`);
    expect(requests).toMatchObject([{ tag: 'refused', errno: -71, close: true }]);
  });

  test('never make it throw, and nothing comes after the end', () => {
    const piece = fc.constantFrom(
      'get=1',
      'set=1',
      '\n',
      '\n\n',
      '=',
      'public_key=',
      KEY,
      'allowed_ip=',
      '10.0.0.0/8',
      '-',
      'endpoint=',
      '[',
      ']:1',
      'true',
      '\r',
      '\xff',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 5, arbitrary: piece }, fc.string()), { maxLength: 60 }), (pieces) => {
        const parser = new UapiRequestParser();
        const requests = pieces.flatMap((it) => parser.handleChunk(octets(it)));
        const closed = requests.findIndex((it) => it.tag === 'refused' && it.close);
        if (closed >= 0) expect(closed).toBe(requests.length - 1);
      }),
      { numRuns: 1000 },
    );
  });
});

const endpoint = fc.record({
  address: fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::1', 'fe80::1%3')),
  port: u16,
});
const yes = fc.constant(true);
const peerChange: fc.Arbitrary<PeerChange> = fc.record(
  {
    publicKey: keyOctets,
    remove: yes,
    updateOnly: yes,
    presharedKey: keyOctets,
    endpoint,
    persistentKeepaliveSeconds: u16,
    replaceAllowedIps: yes,
    allowedIps: fc.array(fc.record({ remove: fc.boolean(), prefix }), { maxLength: 4 }),
  },
  { requiredKeys: ['publicKey', 'allowedIps'] },
);
const change: fc.Arbitrary<DeviceChange> = fc.record(
  {
    privateKey: keyOctets,
    listenPort: u16,
    fwmark: fc.nat(0xffff_ffff),
    replacePeers: yes,
    peers: fc.array(peerChange, { maxLength: 3 }),
  },
  { requiredKeys: ['peers'] },
);

/** Writes a change the way wg(8) does. */
function written({ privateKey, listenPort, fwmark, replacePeers, peers }: DeviceChange): string {
  const lines = ['set=1'];
  const add = (name: string, value: unknown) => value !== undefined && lines.push(`${name}=${value}`);
  add('private_key', privateKey && hex(privateKey));
  add('listen_port', listenPort);
  add('fwmark', fwmark);
  add('replace_peers', replacePeers);
  for (const peer of peers) {
    add('public_key', hex(peer.publicKey));
    add('remove', peer.remove);
    add('update_only', peer.updateOnly);
    add('preshared_key', peer.presharedKey && hex(peer.presharedKey));
    const { address = '', port } = peer.endpoint ?? {};
    add('endpoint', peer.endpoint && (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`));
    add('persistent_keepalive_interval', peer.persistentKeepaliveSeconds);
    add('replace_allowed_ips', peer.replaceAllowedIps);
    for (const { remove, prefix } of peer.allowedIps ?? [])
      add('allowed_ip', (remove ? '-' : '') + formatPrefix(prefix));
  }
  return `${lines.join('\n')}\n\n`;
}
