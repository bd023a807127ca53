import { describe, expect, test } from 'vitest';
import { checkTunnelConfig } from '../../../../src/tunnel/config/check/check.ts';
import { readConfigOctets } from '../../../../src/tunnel/config/from-octets.ts';

const KEY = Buffer.alloc(32, 0x41).toString('base64');
const OTHER = Buffer.alloc(32, 2).toString('base64');
const SOUND = `[Interface]
PrivateKey = ${KEY}
ListenPort = 51820
[Peer]
PublicKey = ${OTHER}
AllowedIPs = 10.0.0.2/32
`;
const utf8 = (text: string) => new TextEncoder().encode(text);
const findingsOf = (octets: Uint8Array) => {
  const parsed = readConfigOctets(octets);
  return [...parsed.problems, ...checkTunnelConfig(parsed)].map(
    ({ line, severity, message, fix }) => `${line} ${severity}: ${message}; ${fix}`,
  );
};

// systemd.netdev(5), EXAMPLES.
const NETDEV = `[NetDev]
Name=wg0
Kind=wireguard

[WireGuard]
PrivateKey=${KEY}
ListenPort=51820

[WireGuardPeer]
PublicKey=${OTHER}
AllowedIPs=10.0.0.2/32
Endpoint=wg.example.com:51820
`;
// As NetworkManager 1.42 writes it (nm-settings-keyfile(5)).
const KEYFILE = `[connection]
id=wg0
uuid=0f5c9b3a-0000-4000-8000-000000000000
type=wireguard
interface-name=wg0

[wireguard]
listen-port=51820
private-key=${KEY}

[wireguard-peer.${OTHER}]
endpoint=wg.example.com:51820
allowed-ips=10.0.0.2/32;

[ipv4]
address1=10.0.0.1/24
method=manual
`;
const AMNEZIA = SOUND.replace(
  '[Peer]',
  `Jc = 4\nJmin = 40\nJmax = 70\nS1 = 0\nS2 = 0\nH1 = 1234567\nH2 = 2\nH3 = 3\nH4 = 4\nI1 = <b 0x01>\n[Peer]`,
);

describe('files of others are named, once', () => {
  test.each<readonly [string, string, RegExp]>([
    ['.netdev', NETDEV, /^1 error: a \.netdev file of systemd-networkd.*\/etc\/systemd\/network.*networkctl reload/],
    ['.netdev with comments', `# mine\n\n${NETDEV}`, /^3 error: a \.netdev file/],
    ['.netdev, half of it', NETDEV.slice(NETDEV.indexOf('[WireGuard]')), /^1 error: a \.netdev file/],
    ['NetworkManager', KEYFILE, /^1 error: a connection of NetworkManager.*nmcli connection up/],
    ['AmneziaWG', AMNEZIA, /^4 error: a key of AmneziaWG.*awg-quick/],
  ])('%s', (_name, text, words) => {
    const found = findingsOf(utf8(text));
    expect(found).toEqual([expect.stringMatching(words)]);
    expect(found.join()).not.toContain(KEY.slice(0, 12));
  });

  test('a section of theirs in a file of ours is one section too many', () => {
    expect(findingsOf(utf8(`${SOUND}[WireGuardPeer]\nPublicKey = ${OTHER}\n`))).toEqual([
      expect.stringMatching(/^7 error: no section is called \[WireGuardPeer\]/),
    ]);
  });
});

describe('octets', () => {
  const utf16 = (text: string, littleEndian: boolean) => {
    const octets = new Uint8Array(2 * text.length);
    const view = new DataView(octets.buffer);
    for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), littleEndian);
    return octets;
  };

  test.each([
    ['little endian', utf16(`\ufeff${SOUND}`, true)],
    ['big endian', utf16(`\ufeff${SOUND}`, false)],
    ['little endian, without a mark', utf16(SOUND, true)],
    ['big endian, without a mark', utf16(SOUND, false)],
  ])('UTF-16, %s: named, with what to do', (_name, octets) => {
    expect(findingsOf(octets)).toEqual([expect.stringMatching(/^0 error: UTF-16 text.*iconv -f UTF-16 -t UTF-8/)]);
  });

  test('a byte order mark of UTF-8 is told of, as wg refuses it', () => {
    expect(findingsOf(utf8(`\ufeff${SOUND}`))).toEqual([
      expect.stringMatching(/^1 warning: begins with a byte order mark/),
    ]);
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['a zero', new Uint8Array(1)],
    ['zeros', new Uint8Array(100)],
    ['a sound file', utf8(SOUND)],
  ])('%s is no UTF-16', (_name, octets) => {
    expect(findingsOf(octets).join()).not.toContain('UTF-16');
  });
});
