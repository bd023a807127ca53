/**
 * `wg` and the configuration protocol itself on a device: sizes, changes, and what is refused.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { attempt, must } from './support/commands.ts';
import { OURS } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import { type PeerOptions, peerConfig, publicKeyOf, type TunnelEnd } from './support/tunnel-end.ts';
import { type Host, TunnelLab } from './support/tunnel-lab.ts';
import { hexKey, uapi } from './support/uapi.ts';

const BIN = join(import.meta.dirname, '../../bin/winze.js');
const skipped = missingPeers(['ip', 'wireguard-go', 'wg']);

/** Public keys need not be anybody's. */
const keyOf = (number: number): string => {
  const octets = Buffer.alloc(32, 9);
  octets.writeUInt32BE(number, 4);
  return octets.toString('base64');
};
const range = (count: number): readonly number[] => [...Array(count).keys()];
const v4 = (n: number): string => `${10 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.0/24`;
const v6 = (n: number): string => `fd00:${(n + 1).toString(16)}::/32`;

describe.skipIf(skipped)(`a device of ${OURS}`, () => {
  const lab = new TunnelLab();
  let end: TunnelEnd<Host>;

  beforeAll(async () => {
    lab.create();
    end = lab.end('near', OURS, { number: 0, port: 51820 });
    await end.up([]);
  });
  afterAll(() => lab.destroy());
  beforeEach(() => replacePeers([]));

  /** Leaves nothing of what was there, but the private key. */
  function replacePeers(peers: readonly PeerOptions[]): void {
    const device = `[Interface]\nPrivateKey = ${end.privateKey}\nListenPort = 51820`;
    end.configure('setconf', [device, ...peers.map(peerConfig)].join('\n'));
  }

  const allowed = (): readonly (readonly string[])[] =>
    end.dump().peers.map(({ allowedIps }) => allowedIps.toSorted((a, b) => a.localeCompare(b)));
  const sorted = (prefixes: readonly string[]): readonly string[] => prefixes.toSorted((a, b) => a.localeCompare(b));

  test('is shown as wg show does, field by field', () => {
    replacePeers([
      {
        publicKey: keyOf(1),
        allowedIps: ['10.0.1.0/24', 'fd01::/64'],
        endpoint: '192.0.2.7:51820',
        keepaliveSeconds: 25,
      },
      { publicKey: keyOf(2), allowedIps: [], presharedKey: keyOf(9), endpoint: '[2001:db8::7]:1' },
    ]);
    must(['wg', 'set', end.device, 'fwmark', '0xca6c']);
    const fields = [
      ...['public-key', 'private-key', 'listen-port', 'fwmark', 'peers', 'preshared-keys', 'endpoints', 'allowed-ips'],
      ...['latest-handshakes', 'transfer', 'persistent-keepalive', 'dump'],
    ];
    const winze = (...words: readonly string[]) => must([process.execPath, BIN, 'tunnel', 'show', ...words]);
    for (const field of fields) {
      expect(winze(end.device, field, '--show-keys'), field).toBe(must(['wg', 'show', end.device, field]));
    }
    // There may be other devices, which come and go. Of endpoints, wg has their names in the first line alone.
    const ours = (text: string) => text.split('\n').filter((line) => line.startsWith(`${end.device}\t`));
    for (const field of ['listen-port', 'allowed-ips']) {
      expect(ours(winze('all', field)), field).toEqual(ours(must(['wg', 'show', 'all', field])));
    }
    expect(winze('interfaces').trim().split(' ')).toContain(end.device);
    must(['wg', 'set', end.device, 'fwmark', 'off']);
    for (const name of [end.device, 'all']) {
      expect(winze(name, 'fwmark')).toContain('off');
      expect(winze(name, 'private-key')).not.toContain(end.privateKey);
    }
  }, 60_000);

  describe('takes configurations of any size', () => {
    test('a peer with 130,560 allowed addresses', () => {
      const addresses = range(255 * 256 * 2).map((n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}/32`);
      replacePeers([{ publicKey: keyOf(1), allowedIps: addresses }]);
      expect(new Set(end.peer().allowedIps)).toEqual(new Set(addresses));
    });

    test.each([
      ['40 peers with 52 each', range(40).map((peer) => range(52).map((n) => v4(peer * 52 + n)))],
      [
        '30 peers, the last with both families',
        range(30).map((peer) =>
          peer < 29 ? range(100).map((n) => v4(peer * 100 + n)) : range(500).flatMap((n) => [v4(9000 + n), v6(n)]),
        ),
      ],
      ['a peer with none, and one with 197', [[], range(197).map(v4)]],
      [
        '197 for every second peer',
        range(10).map((peer) => (peer % 2 ? range(197).map((n) => v4(peer * 197 + n)) : [])),
      ],
    ])('%s', (_name, lists) => {
      const peers = lists.map((allowedIps, number) => ({ publicKey: keyOf(number), allowedIps }));
      replacePeers(peers);
      const found = new Map(end.dump().peers.map(({ publicKey, allowedIps }) => [publicKey, sorted(allowedIps)]));
      expect(found).toEqual(new Map(peers.map(({ publicKey, allowedIps }) => [publicKey, sorted(allowedIps)])));
      const text = must(['wg', 'showconf', end.device]);
      expect(text.match(/\[Peer\]/g)).toHaveLength(lists.length);
      expect(text.match(/[0-9a-f.:]+\/\d+/g) ?? []).toHaveLength(lists.flat().length);
    });
  });

  test('removes single allowed addresses, of that peer alone', async () => {
    const prefixes = range(197).flatMap((n) => [v4(n), v6(n)]);
    replacePeers([
      { publicKey: keyOf(1), allowedIps: prefixes },
      { publicKey: keyOf(2), allowedIps: [v4(500)] },
    ]);
    const gone = [0, 77, 196].flatMap((n) => [v4(n), v6(n)]);
    const peer = ['set=1', `public_key=${hexKey(keyOf(1))}`];
    const others = [v4(500), v4(600), '10.0.0.0/25'];
    expect(await uapi(end.socket, ...peer, ...[...gone, ...others].map((one) => `allowed_ip=-${one}`))).toEqual([
      'errno=0',
    ]);
    expect(sorted(end.peer(keyOf(1)).allowedIps)).toEqual(sorted(prefixes.filter((one) => !gone.includes(one))));
    expect(end.peer(keyOf(2)).allowedIps).toEqual([v4(500)]);
  });

  test('replaces overlapping allowed addresses as a whole, and moves what another peer takes', () => {
    const device = end.device;
    const lists = [
      '0.0.0.0/0,10.0.0.0/8,100.0.0.0/10,172.16.0.0/12,192.168.0.0/16',
      '10.0.0.0/8,100.0.0.0/10,172.16.0.0/12,192.168.0.0/16',
      '0.0.0.0/0',
      '::/0,fd00::/8,fd00:1::/32,fd00:1:2::/48',
      'fd00::/8,fd00:1:2::/48,10.0.0.0/8',
    ];
    for (const list of lists) {
      must(['wg', 'set', device, 'peer', keyOf(1), 'allowed-ips', list]);
      expect(allowed()).toEqual([sorted(list.split(','))]);
    }
    must(['wg', 'set', device, 'peer', keyOf(2), 'allowed-ips', '10.0.0.0/8,10.1.0.0/16,10.1.2.3/24']);
    expect(sorted(end.peer(keyOf(1)).allowedIps)).toEqual(sorted(['fd00::/8', 'fd00:1:2::/48']));
    // Host bits do not count.
    expect(sorted(end.peer(keyOf(2)).allowedIps)).toEqual(sorted(['10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24']));
    must(['wg', 'set', device, 'peer', keyOf(2), 'allowed-ips', '']);
    expect(end.peer(keyOf(2)).allowedIps).toEqual([]);
  });

  test('shows keys as they were set, clamped and cleared', () => {
    const show = (what: string): string => must(['wg', 'show', end.device, what]).trim();
    const ones = `${'/'.repeat(42)}8=`;
    end.set('private-key', ones);
    // The lowest three bits and the highest go, the second highest comes (RFC 7748 §5).
    expect(show('private-key')).toBe(`+P${'/'.repeat(39)}38=`);
    expect(show('public-key')).toBe(publicKeyOf(ones));
    end.set('private-key', '/dev/null');
    expect([show('private-key'), show('public-key')]).toEqual(['(none)', '(none)']);
    const psk = must(['wg', 'genpsk']).trim();
    end.set('peer', keyOf(1), 'preshared-key', psk);
    expect(show('preshared-keys')).toBe(`${keyOf(1)}\t${psk}`);
    end.set('peer', keyOf(1), 'preshared-key', '/dev/null');
    expect(show('preshared-keys')).toBe(`${keyOf(1)}\t(none)`);
  });

  test('ignores itself as a peer, and forgets a peer that it becomes', () => {
    const privateKey = must(['wg', 'genkey']).trim();
    const publicKey = publicKeyOf(privateKey);
    end.set('peer', end.publicKey, 'allowed-ips', '10.1.0.0/16');
    expect(end.dump().peers).toEqual([]);
    end.set('peer', publicKey, 'allowed-ips', '10.2.0.0/16');
    expect(end.dump().peers.map((peer) => peer.publicKey)).toEqual([publicKey]);
    end.set('private-key', privateKey);
    expect(end.dump()).toMatchObject({ publicKey, peers: [] });
  });

  test('shows what wg set, field by field', () => {
    const options = [
      'endpoint',
      '192.0.2.77:7777',
      'persistent-keepalive',
      '25',
      'allowed-ips',
      '10.9.0.0/16,fd09::/64',
    ];
    end.set('fwmark', '0x7b', 'peer', keyOf(7), ...options);
    expect(end.dump()).toEqual({
      privateKey: end.privateKey,
      publicKey: end.publicKey,
      listenPort: 51820,
      fwmark: '0x7b',
      peers: [
        {
          publicKey: keyOf(7),
          presharedKey: '(none)',
          endpoint: '192.0.2.77:7777',
          allowedIps: expect.arrayContaining(['10.9.0.0/16', 'fd09::/64']),
          latestHandshake: 0,
          rx: 0,
          tx: expect.any(Number),
          keepalive: '25',
        },
      ],
    });
    expect(must(['wg', 'show', 'interfaces']).split(/\s+/)).toContain(end.device);
    end.set('peer', keyOf(7), 'endpoint', '[2001:db8::77]:7777', 'persistent-keepalive', 'off');
    expect(end.peer()).toMatchObject({ endpoint: '[2001:db8::77]:7777', keepalive: 'off' });
    end.set('fwmark', '0', 'peer', keyOf(7), 'remove');
    expect(end.dump()).toMatchObject({ fwmark: 'off', peers: [] });
  });

  test('syncconf changes what differs and addconf adds', () => {
    replacePeers([{ publicKey: keyOf(1), allowedIps: ['10.1.0.0/16'] }]);
    const device = `[Interface]\nPrivateKey = ${end.privateKey}\nListenPort = 51820`;
    const second = peerConfig({ publicKey: keyOf(2), allowedIps: ['10.2.0.0/16'] });
    end.configure('addconf', second);
    expect(end.dump().peers).toHaveLength(2);
    end.configure('syncconf', `${device}\n${second}`);
    expect(end.dump().peers.map(({ publicKey }) => publicKey)).toEqual([keyOf(2)]);
  });

  describe('answers by the protocol', () => {
    test('a socket for its owner alone, closed for others', () => {
      expect(statSync(end.socket).mode & 0o077).toBe(0);
    });

    test('a get with every field, in order', async () => {
      end.set('peer', keyOf(1), 'endpoint', '192.0.2.9:9', 'allowed-ips', '10.1.0.0/16');
      const lines = await uapi(end.socket, 'get=1');
      // Lines of our own are passed over by those who do not know them.
      expect(lines.filter((line) => !line.startsWith('winze_'))).toEqual([
        `private_key=${hexKey(end.privateKey)}`,
        'listen_port=51820',
        `public_key=${hexKey(keyOf(1))}`,
        `preshared_key=${'0'.repeat(64)}`,
        'protocol_version=1',
        'endpoint=192.0.2.9:9',
        'last_handshake_time_sec=0',
        'last_handshake_time_nsec=0',
        'tx_bytes=0',
        'rx_bytes=0',
        'persistent_keepalive_interval=0',
        'allowed_ip=10.1.0.0/16',
        'errno=0',
      ]);
    });

    test.each([
      ['an unknown key', ['set=1', 'colour=red']],
      ['a key that is too short', ['set=1', 'private_key=00']],
      ['a peer field without a peer', ['set=1', 'endpoint=192.0.2.9:9']],
      ['a port that is none', ['set=1', 'listen_port=65536']],
      ['false', ['set=1', 'replace_peers=false']],
      ['an endpoint that is a name', ['set=1', `public_key=${hexKey(keyOf(3))}`, 'endpoint=example.org:9']],
      ['a prefix that is too long', ['set=1', `public_key=${hexKey(keyOf(3))}`, 'allowed_ip=10.0.0.0/33']],
      ['another version', ['set=1', `public_key=${hexKey(keyOf(3))}`, 'protocol_version=2']],
      ['a line without =', ['set=1', 'nonsense']],
    ])('%s is refused with an errno', async (_name, lines) => {
      const answer = await uapi(end.socket, ...lines);
      expect(answer).toEqual([expect.stringMatching(/^errno=-?[1-9]\d*$/)]);
      // And it goes on.
      expect((await uapi(end.socket, 'get=1')).at(-1)).toBe('errno=0');
    });

    test('update_only makes no peer', async () => {
      const key = `public_key=${hexKey(keyOf(4))}`;
      expect(await uapi(end.socket, 'set=1', key, 'update_only=true', 'allowed_ip=10.4.0.0/16')).toEqual(['errno=0']);
      expect(end.dump().peers).toEqual([]);
    });
  });

  test('leaves neither device nor socket behind', async () => {
    const { device, socket } = end;
    const output = await end.down('SIGTERM');
    expect(output?.status).toBe(0);
    expect(attempt(['test', '-e', socket]).status).not.toBe(0);
    expect(lab.network.attempt('near', ['ip', 'link', 'show', 'dev', device]).status).not.toBe(0);
    expect(attempt(['wg', 'show', device]).status).not.toBe(0);
    await end.up([]);
  });
});
