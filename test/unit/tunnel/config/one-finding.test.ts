/** A line that cannot be read is one mistake, and so it is told once: what it would have said is not missing besides. */
import { expect, test } from 'vitest';
import { checkTunnelConfig } from '../../../../src/tunnel/config/check/check.ts';
import { parseTunnelConfig } from '../../../../src/tunnel/config/parse.ts';

const key = (octet: number) => Buffer.alloc(32, octet).toString('base64');
/** As of a client and as of a hub: each key is the only one of its kind that makes the file whole. */
const CLIENT = `[Interface]
PrivateKey = ${key(0x41)}
Address = 10.0.0.2/32
DNS = 10.0.0.1
MTU = 1420
Table = auto
SaveConfig = false
[Peer]
PublicKey = ${key(2)}
PresharedKey = ${key(3)}
AllowedIPs = 10.0.0.0/24
Endpoint = 192.0.2.1:51820
PersistentKeepalive = 25`.split('\n');
const HUB = `[Interface]
PrivateKey = ${key(0x41)}
ListenPort = 51820
FwMark = 0x1
Address = 10.0.0.1/24
[Peer]
PublicKey = ${key(2)}
AllowedIPs = 10.0.0.2/32`.split('\n');

const findings = (lines: readonly string[]) => {
  const parsed = parseTunnelConfig(lines.join('\n'));
  const all = [...parsed.problems, ...checkTunnelConfig(parsed, { underlayMtu: 1500 })];
  return all.map(({ line, severity, message }) => `${line} ${severity}: ${message}`);
};
const entries = [CLIENT, HUB].flatMap((lines) =>
  lines.flatMap((line, i) => (line.includes('=') ? [[line.split(' ')[0] ?? '', lines, i] as const] : [])),
);

test('each malformed file has one finding', () => {
  expect([...findings(CLIENT), ...findings(HUB)]).toEqual([]);
});

test.each<readonly [string, (line: string) => string]>([
  ['its value makes no sense', (line) => line.replace(/=.*/, '= ?!')],
  ['its value breaks off', (line) => (/Key/.test(line) ? line.slice(0, -3) : line.replace(/=.*/, '= @'))],
  ['its key is misspelt', (line) => line.replace(/^(..)./, '$1')],
  ['its key is another word', (line) => line.replace(/^\w+/, 'Xyzzyx')],
  ['it has no equals sign', (line) => line.replace('=', ' ')],
  ['it has a character that is not ASCII', (line) => line.replace('=', '\uff1d')],
  ['it begins with a semicolon', (line) => `;${line.replace('=', ' ')}`],
])('%s: one finding, on its line', (_name, mangle) => {
  for (const [name, lines, i] of entries) {
    const broken = lines.with(i, mangle(lines[i] ?? ''));
    const found = findings(broken);
    expect(found.length, `${name}: ${found.join('; ')}`).toBe(1);
    expect(found[0], name).toMatch(new RegExp(`^${i + 1} error: `));
  }
});

test.each(['[Interfaces]', '[Interface', 'Interface', '[]'])('a heading %s: its keys are not missing', (heading) => {
  const found = findings(HUB.with(0, heading));
  expect(found.filter((each) => / missing/.test(each))).toEqual([]);
});

test.each(['[Peer', '[Peer]\u00a0', '[ Peer } '])(
  'a heading %j that does not end, or not in ASCII: its keys are not said to be in the wrong section',
  (heading) => {
    for (const lines of [CLIENT, HUB]) {
      const at = lines.indexOf('[Peer]');
      const found = findings(lines.with(at, heading));
      expect(found.length, found.join('; ')).toBe(1);
      expect(found[0]).toMatch(new RegExp(`^${at + 1} error: `));
    }
  },
);

test('values of one line with the same mistake are one finding', () => {
  expect(findings(HUB.with(7, 'AllowedIPs = 10.0.0.2/32,,,'))).toHaveLength(1);
  expect(findings(HUB.with(7, 'AllowedIPs = 10.0.0.2/33, 10.0.0.3/33'))).toHaveLength(2);
});

test('a key in the wrong section is not missing from the right one', () => {
  const [, publicKey = ''] = HUB.slice(5);
  const found = findings([...HUB.slice(0, 6), ...HUB.slice(7), '[Interface]', publicKey]);
  expect(found.filter((each) => /missing/.test(each))).toEqual([]);
  expect(found.filter((each) => /does not belong to \[Interface\]/.test(each))).toHaveLength(1);
});

test('other missing keys are reported', () => {
  const found = findings(HUB.toSpliced(1, 1).with(3, 'Address = 10.0.0.1/99'));
  expect(found.map((each) => each.split(' ').slice(0, 2).join(' ')).sort()).toEqual(['1 warning:', '4 error:']);
});
