import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineOf } from '../../../../src/tunnel/config/lines.ts';
import { MAX_CONFIG_CHARACTERS, parseTunnelConfig } from '../../../../src/tunnel/config/parse.ts';
import { formatPrefix } from '../../../../src/tunnel/prefix.ts';

const A = Buffer.alloc(32, 1).toString('base64');
const B = Buffer.alloc(32, 2).toString('base64');
const C = Buffer.alloc(32, 3).toString('base64');
const PEER = `[Peer]\nPublicKey = ${B}\n`;

/** Reads lines of one section and returns what was said about them. */
const said = (text: string) =>
  parseTunnelConfig(text).problems.map(({ line, key, severity, message, fix }) => ({
    line,
    key,
    severity,
    message,
    fix,
  }));
const ofPeer = (lines: string) => parseTunnelConfig(`${PEER}${lines}`);
const ofInterface = (lines: string) => parseTunnelConfig(`[Interface]\n${lines}`);

describe('a whole file', () => {
  const text = `
    # office
    [Interface]
    PrivateKey = ${A}   # of this host
    ListenPort = 51820
    FwMark = 0xca6c
    Address = 10.0.0.2/24, fd00::2/64
    Address = 10.1.0.2
    DNS = 10.0.0.1, fd00::1, example.org
    MTU = 1400
    Table = auto
    PreUp = echo 1; echo "#2"
    PostUp = iptables -A FORWARD -i %i -j ACCEPT # in
    PostUp = second
    PreDown = true
    PostDown = ip rule del from = 7
    SaveConfig = false

    [Peer]
    PublicKey = ${B}
    PresharedKey = ${C}
    AllowedIPs = 10.0.0.0/24, fd00::/64
    AllowedIPs = 192.168.7.0/24
    Endpoint = vpn.example.org:51820
    PersistentKeepalive = 25

    [Peer]
    PublicKey = ${C}
    Endpoint = [2001:db8::7]:443
    PersistentKeepalive = off
  `;
  const { config, lines, problems } = parseTunnelConfig(text);

  test('is read without a problem', () => {
    expect(problems).toEqual([]);
    expect({ ...config.interface, privateKey: null, addresses: config.interface.addresses.map(formatPrefix) }).toEqual({
      privateKey: null,
      listenPort: 51820,
      fwmark: 0xca6c,
      addresses: ['10.0.0.2/24', 'fd00::2/64', '10.1.0.2/32'],
      dnsServers: ['10.0.0.1', 'fd00::1'],
      dnsSearchDomains: ['example.org'],
      mtu: 1400,
      table: 'auto',
      preUp: ['echo 1; echo "#2"'],
      postUp: ['iptables -A FORWARD -i %i -j ACCEPT # in', 'second'],
      preDown: ['true'],
      postDown: ['ip rule del from = 7'],
      saveConfig: false,
    });
    expect(config.interface.privateKey).toEqual(new Uint8Array(32).fill(1));
    const [office, other] = config.peers;
    expect(office?.allowedIps.map(({ prefix }) => formatPrefix(prefix))).toEqual([
      '10.0.0.0/24',
      'fd00::/64',
      '192.168.7.0/24',
    ]);
    expect(office).toMatchObject({
      endpoint: { host: 'vpn.example.org', port: 51820 },
      persistentKeepaliveSeconds: 25,
    });
    expect(office?.presharedKey).toEqual(new Uint8Array(32).fill(3));
    expect(other).toMatchObject({
      endpoint: { host: '2001:db8::7', port: 443 },
      persistentKeepaliveSeconds: 0,
      allowedIps: [],
    });
  });

  test('is remembered by lines, one for each entry', () => {
    expect(lines.interface.heading).toBe(3);
    expect([0, 1, 2].map((i) => lineOf(lines.interface, 'Address', i))).toEqual([7, 7, 8]);
    expect([0, 1, 2].map((i) => lineOf(lines.peers[0], 'AllowedIPs', i))).toEqual([22, 22, 23]);
    expect(lineOf(lines.peers[1], 'AllowedIPs')).toBe(27);
  });

  test.each([
    ['CRLF', text.replaceAll('\n', '\r\n')],
    ['tabs', text.replaceAll('    ', '\t').replace(/^(\s*\w+) = /gm, '$1\t=\t')],
    ['keys in capitals', text.replace(/^ *(?!PreUp|PostUp|PreDown|PostDown)\w+ =/gm, (key) => key.toUpperCase())],
    [
      'sections in lower case, with blanks',
      text.replaceAll('[Peer]', '[ peer ]').replace('[Interface]', '[inter face]'),
    ],
    ['no blanks around "="', text.replace(/^( *\w+) = /gm, '$1=')],
    ['blanks within keys', text.replaceAll('PublicKey', 'Public Key').replaceAll('AllowedIPs', 'Allowed IPs')],
    [
      'blanks within values',
      text
        .replaceAll('51820', '518 20')
        .replaceAll(B, `${B.slice(0, 9)} ${B.slice(9)}`)
        .replaceAll('.0/24', '.0 / 24'),
    ],
  ])('means the same with %s', (_, variant) => {
    const parsed = parseTunnelConfig(variant);
    expect(parsed.problems).toEqual([]);
    expect(parsed.config).toEqual(config);
  });

  test('means the same with a byte order mark, which is told', () => {
    const parsed = parseTunnelConfig(`\ufeff${text}`);
    expect(parsed.config).toEqual(config);
    expect(parsed.problems).toMatchObject([
      { line: 1, severity: 'warning', message: expect.stringContaining('byte order mark') },
    ]);
  });
});

describe('values', () => {
  test.each([
    ['ListenPort = 0', { listenPort: 0 }],
    ['ListenPort = 65535', { listenPort: 65_535 }],
    ['FwMark = off', { fwmark: 0 }],
    ['FwMark = 0xFFFFFFFF', { fwmark: 0xffff_ffff }],
    ['FwMark = 4294967295', { fwmark: 0xffff_ffff }],
    ['MTU = 1280', { mtu: 1280 }],
    ['Table = OFF', { table: 'off' }],
    ['Table = 1234', { table: '1234' }],
    ['Table = vpn', { table: 'vpn' }],
    ['SaveConfig = TRUE', { saveConfig: true }],
    [
      'DNS = corp.example, ~., 1.1.1.1 ~example.net',
      { dnsServers: ['1.1.1.1'], dnsSearchDomains: ['corp.example', '~.', '~example.net'] },
    ],
    ['DNS = 1.1.1.1\nDNS = ::1', { dnsServers: ['1.1.1.1', '::1'] }],
    ['PostUp = a\nPreUp = b\nPOSTUP = c', { postUp: ['a', 'c'], preUp: ['b'] }],
    ['PostUp = echo caf\u00e9', { postUp: ['echo caf\u00e9'] }],
  ])('of [Interface]: %j', (line, expected) => {
    const { config, problems } = ofInterface(line);
    expect(problems).toEqual([]);
    expect(config.interface).toMatchObject(expected);
  });

  test.each([
    ['Endpoint = 192.0.2.1:1', { host: '192.0.2.1', port: 1 }],
    ['Endpoint = [fe80::1%eth0]:51820', { host: 'fe80::1%eth0', port: 51820 }],
    ['Endpoint = [192.0.2.1]:9', { host: '192.0.2.1', port: 9 }],
    ['Endpoint = my_host.example.org.:65535', { host: 'my_host.example.org.', port: 65_535 }],
  ])('of [Peer]: %s', (line, endpoint) => {
    const { config, problems } = ofPeer(line);
    expect(problems).toEqual([]);
    expect(config.peers[0]?.endpoint).toEqual(endpoint);
  });

  test.each([
    ['', []],
    ['10.0.0.1', ['10.0.0.1/32']],
    ['::1', ['::1/128']],
    ['+10.0.0.0/8, -10.1.0.0/16', ['+10.0.0.0/8', '-10.1.0.0/16']],
    ['0.0.0.0/0, ::/0', ['0.0.0.0/0', '::/0']],
  ])('of AllowedIPs: %j', (text, expected) => {
    const { config, problems } = ofPeer(`AllowedIPs = ${text}`);
    expect(problems).toEqual([]);
    expect(config.peers[0]?.allowedIps.map(({ sign, prefix }) => sign + formatPrefix(prefix))).toEqual(expected);
  });

  test('AllowedIPs with host bits are cut to the range, with a warning (wg(8))', () => {
    const { config, problems } = ofPeer('AllowedIPs = 10.0.0.7/24');
    expect(config.peers[0]?.allowedIps.map(({ prefix }) => formatPrefix(prefix))).toEqual(['10.0.0.0/24']);
    expect(problems).toMatchObject([
      { line: 3, key: 'AllowedIPs', severity: 'warning', fix: expect.stringContaining('/32') },
    ]);
  });
});

describe('a problem names line, key, what is wrong and what to do', () => {
  test.each([
    ['PrivateKey = abc', 'PrivateKey', 'not a key: it has 3 characters; a key has 44'],
    [`PrivateKey = ${'ab'.repeat(32)}`, 'PrivateKey', 'not a key: it is hexadecimal; a key is base64 here'],
    ['PrivateKey =', 'PrivateKey', 'has no value'],
    ['ListenPort = 65536', 'ListenPort', '"65536" is not a port'],
    ['ListenPort = -1', 'ListenPort', '"-1" is not a port'],
    ['ListenPort = wireguard', 'ListenPort', '"wireguard" is not a port'],
    ['FwMark = 0x100000000', 'FwMark', '"0x100000000" is not a mark'],
    ['FwMark = 4294967296', 'FwMark', '"4294967296" is not a mark'],
    ['Address = 10.0.0.256', 'Address', '"10.0.0.256" is not an address'],
    ['Address = 10.0.0.1/33', 'Address', '"10.0.0.1/33" is not an address'],
    ['DNS = 1.1.1', 'DNS', '"1.1.1" is not an address'],
    ['DNS = a:b', 'DNS', '"a:b" is not an address'],
    ['DNS = exa$mple', 'DNS', '"exa$mple" is neither an address nor a domain'],
    ['MTU = 0', 'MTU', '"0" is not an MTU'],
    ['MTU = 1e3', 'MTU', '"1e3" is not an MTU'],
    ['Table = of', 'Table', '"of" is not a routing table'],
    ['Table = None', 'Table', '"None" is not a routing table'],
    ['Table = a/b', 'Table', '"a/b" is not a routing table'],
    ['SaveConfig = yes', 'SaveConfig', '"yes" is neither true nor false'],
    [`PublicKey = ${A}`, 'PublicKey', 'does not belong to [Interface]'],
    ['AllowedIPs = 10.0.0.0/8', 'AllowedIPs', 'does not belong to [Interface]'],
  ])('[Interface] %s', (line, key, message) => {
    const problems = said(`[Interface]\n\n${line}\n`);
    expect(problems).toEqual([{ line: 3, key, severity: 'error', message, fix: expect.stringMatching(/\w{4}/) }]);
  });

  test.each([
    ['PresharedKey = (none)', 'PresharedKey', 'not a key: it has 6 characters; a key has 44'],
    ['AllowedIPs = 10.0.0.0/24 10.1.0.0/24', 'AllowedIPs', '"10.0.0.0/24 10.1.0.0/24" is not an address range'],
    ['AllowedIPs = 10.0.0.0/24,', 'AllowedIPs', '"" is not an address range'],
    ['AllowedIPs = *10.0.0.0/24', 'AllowedIPs', '"*10.0.0.0/24" is not an address range'],
    ['Endpoint =', 'Endpoint', 'has no value'],
    ['Endpoint = example.org', 'Endpoint', '"example.org" has no port'],
    ['Endpoint = [2001:db8::1]', 'Endpoint', '"[2001:db8::1]" is not an endpoint'],
    ['Endpoint = 192.0.2.300:1', 'Endpoint', '"192.0.2.300:1" is not an endpoint'],
    ['Endpoint = https://example.org:1', 'Endpoint', '"https://example.org:1" is not an endpoint'],
    ['Endpoint = example.org:0', 'Endpoint', '"0" is not a port to send to'],
    ['Endpoint = example.org:65536', 'Endpoint', '"65536" is not a port to send to'],
    ['PersistentKeepalive = 65536', 'PersistentKeepalive', '"65536" is not an interval'],
    ['PersistentKeepalive = on', 'PersistentKeepalive', '"on" is not an interval'],
    ['Address = 10.0.0.1/24', 'Address', 'does not belong to [Peer]'],
  ])('[Peer] %s', (line, key, message) => {
    const found = said(`${PEER}${line}`).filter(({ severity }) => severity === 'error');
    expect(found).toEqual([{ line: 3, key, severity: 'error', message, fix: expect.stringMatching(/\w{4}/) }]);
  });

  test.each([
    [
      `PrivateKey = ${A}`,
      { key: 'PrivateKey', message: 'stands before any section', fix: 'move it below [Interface]' },
    ],
    [
      '[Peers]\nEndpoint = nonsense',
      { key: null, message: 'no section is called [Peers]', fix: 'write [Interface] or [Peer]' },
    ],
    ['[Interface', { key: null, message: 'a section without "]"' }],
    ['; old style', { key: null, message: '";" does not begin a comment', fix: 'begin the comment with "#"' }],
    ['nonsense', { key: null, message: 'neither a section nor a key with a value' }],
    ['[Peer]', { key: 'PublicKey', message: 'missing from this peer' }],
    ['[Interface]\u00a0', { key: null, message: 'character U+00A0 cannot stand here' }],
    ['\u0000[', { key: null, message: 'character U+0000 cannot stand here', fix: 'save the file as UTF-8 text' }],
  ])('%j', (text, expected) => {
    expect(said(text)).toMatchObject([{ line: 1, severity: 'error', ...expected }]);
  });

  test('a misspelt key is answered with the right one', () => {
    const suggested = (key: string) => said(`[Interface]\n${key} = 1`)[0]?.fix;
    expect(['PrivatKey', 'Listen-Port', 'Adress', 'PostUpp', 'DNSs'].map(suggested)).toEqual(
      ['PrivateKey', 'ListenPort', 'Address', 'PostUp', 'DNS'].map((key) => `write ${key}`),
    );
    expect(['AllowedIP', 'Keepalive', 'PreSharedKeys', 'Endpoints'].map(suggested)).toEqual(
      ['AllowedIPs', 'PersistentKeepalive', 'PresharedKey', 'Endpoint'].map((key) => `write ${key}`),
    );
    expect(suggested('Colour')).toBe('correct or remove the line');
    expect(said('[Interface]\nAdress = 1')[0]?.message).toBe('no key is called "Adress"');
  });

  test('columns point at the value', () => {
    expect(parseTunnelConfig('[Interface]\n  ListenPort =  x').problems).toMatchObject([{ line: 2, column: 17 }]);
  });

  test('a key that is given again replaces the first, with a warning', () => {
    const { config, problems, lines } = parseTunnelConfig(
      `${PEER}PublicKey = ${C}\n[Interface]\nMTU = 1\nMTU = 2\n[Interface]`,
    );
    expect(problems.map(({ line, key, severity }) => [line, key, severity])).toEqual([
      [3, 'PublicKey', 'warning'],
      [6, 'MTU', 'warning'],
      [7, null, 'warning'],
    ]);
    expect([config.peers[0]?.publicKey[0], config.interface.mtu, lineOf(lines.interface, 'MTU')]).toEqual([3, 2, 6]);
  });

  test('an IPv6 endpoint without brackets is read to the last colon, with a warning', () => {
    const { config, problems } = ofPeer('Endpoint = 2001:db8::1:51820');
    expect(config.peers[0]?.endpoint).toEqual({ host: '2001:db8::1', port: 51820 });
    expect(problems).toMatchObject([{ severity: 'warning', fix: 'write [2001:db8::1]:51820' }]);
  });

  test('all problems of a file are told, by line', () => {
    const found = said(`MTU = 1\n[Interface]\nMTU = x\nListenPort = y\n\nFoo\n[Peer]\nEndpoint = z\nAllowedIPs = 1,2`);
    expect(found.map(({ line }) => line)).toEqual([1, 3, 4, 6, 7, 8, 9, 9]);
  });

  test('a peer whose key cannot be read is left out of the configuration, not of the problems', () => {
    const { config, lines, problems } = parseTunnelConfig(`[Peer]\nPublicKey = x\n${PEER}`);
    expect([config.peers.length, lines.peers[0]?.heading, problems.length]).toEqual([1, 3, 1]);
  });
});

describe('hostile files', () => {
  test('never make it throw', () => {
    const piece = fc.constantFrom(
      '[Interface]',
      '[Peer]',
      '[',
      ']',
      '=',
      '\n',
      '\r\n',
      '#',
      ',',
      ':',
      '/',
      '+',
      ' ',
      A,
      'PublicKey',
      'AllowedIPs',
      'Endpoint',
      'PostUp',
      'FwMark',
      '__proto__',
      'constructor',
      '10.0.0.1',
      '::',
      '\u0000',
      '\ufeff',
      '\u{1f600}',
      '9'.repeat(400),
    );
    const grammar = fc
      .array(fc.oneof({ weight: 4, arbitrary: piece }, fc.string()), { maxLength: 80 })
      .map((list) => list.join(''));
    fc.assert(
      fc.property(fc.oneof(grammar, fc.string({ unit: 'binary', maxLength: 400 })), (text) => {
        const { config, lines, problems } = parseTunnelConfig(text);
        expect(lines.peers.length).toBe(config.peers.length);
        const count = text.split('\n').length;
        for (const { line, column, message, fix } of problems) {
          expect(line).toBeLessThanOrEqual(count);
          expect(column).toBeGreaterThanOrEqual(0);
          expect(message.length + fix.length).toBeLessThan(400);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('never get a key repeated, wherever it stands', () => {
    const secret = Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64');
    const places = [
      `${secret}`,
      `PrivateKey ${secret}`,
      `PrivateKey = x${secret}`,
      `PrivateKey = ${secret.slice(1)}`,
      `Endpoint = ${secret}`,
      `ListenPort = ${secret}`,
      `${secret} = PrivateKey`,
      `[${secret}]`,
      `MTU = ${secret}`,
      `AllowedIPs = ${secret}`,
    ];
    for (const place of places) {
      for (const section of ['', '[Interface]\n', '[Peer]\n']) {
        const text = JSON.stringify(parseTunnelConfig(section + place).problems);
        expect(text).not.toContain(secret.slice(4, 20));
      }
    }
  });

  test('are not looked for in a file whose lines end with CR alone', () => {
    const { problems } = parseTunnelConfig('[Interface]\rMTU = 1400\r');
    expect(problems).toMatchObject([
      { line: 0, severity: 'error', message: expect.stringMatching(/^its lines end with CR/) },
    ]);
    expect(parseTunnelConfig('# one line\r').problems).toEqual([]);
  });

  test('end at a size', () => {
    expect(parseTunnelConfig('#'.repeat(MAX_CONFIG_CHARACTERS)).problems).toEqual([]);
    const { problems, config } = parseTunnelConfig(`[Interface]\nMTU = 1400\n${'#'.repeat(MAX_CONFIG_CHARACTERS)}`);
    expect(problems).toMatchObject([
      { line: 0, severity: 'error', message: `larger than ${MAX_CONFIG_CHARACTERS} characters` },
    ]);
    expect(config.interface.mtu).toBeNull();
  });

  test.each([
    ['of lines', `${'\n'.repeat(600_000)}[Peer]`, 'more than 524288 lines'],
    ['of entries on one line', `[Interface]\nAddress = ${'::,'.repeat(600_000)}`, 'more than 524288 values'],
    ['of errors', 'x\n'.repeat(60_000), 'not read further after 100 errors'],
    [
      'of errors on one line',
      `[Interface]\nAddress = ${'x,'.repeat(200_000)}\n\n#\nx`,
      'not read further after 100 errors',
    ],
  ])('end at a number %s', (_, text, message) => {
    const { problems } = parseTunnelConfig(text);
    expect(problems.at(-1)).toMatchObject({ severity: 'error', message });
    expect(problems.length).toBeLessThanOrEqual(101);
  });
});
