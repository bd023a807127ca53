import { expect, test } from 'vitest';
import { PACKETS } from '../support/packet-table.ts';
import { join, le32 } from '../support/packets.ts';
import { play } from './fakes.ts';

const head = join(le32(0xa1b2_c3d4), [2, 0, 4, 0], le32(0), le32(0), le32(262_144), le32(1));
const capture = join(
  head,
  ...PACKETS.map(({ bytes }, i) =>
    join(le32(1_700_000_000 + i), le32(5), le32(bytes.length), le32(bytes.length), bytes),
  ),
);
const captures = { 'a.pcap': capture, 'cut.pcap': capture.slice(0, -3) };

test('winze decode FILE prints a summary', async () => {
  const { code, stdout } = await play(['decode', 'a.pcap'], { captures });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^a\.pcap: \d+ frames, [\d,]+ bytes, \d+\.000 s\n/);
  expect(stdout).toMatch(/ 2 {2}vxlan: 268 bytes outside, 168 inside \(62\.7%\)/);
});

test('winze decode --packets prints packets, as many as were asked for', async () => {
  const { code, stdout } = await play(
    ['decode', '--packets', '--utc', '-c', '2', '--filter', 'tunnel vxlan', 'a.pcap'],
    { captures },
  );
  expect(code).toBe(0);
  expect(stdout.split('\n')).toHaveLength(5);
  expect(stdout).toContain('VXLAN, flags [I] (0x08), vni 7\n    IP 10.0.0.1');
});

test('winze decode of a damaged file prints what there is, says what is wrong, and returns 6', async () => {
  const { code, stdout, stderr } = await play(['decode', 'cut.pcap'], { captures });
  expect(code).toBe(6);
  expect(stdout).toContain('frames');
  expect(stderr).toMatch(/^winze: cut\.pcap: frame \d+, offset \d+: the file ends inside a record/);
});

test.each([
  [['decode', 'none.pcap'], 'cannot open none.pcap'],
  [['decode', '-x', 'a.pcap'], '--hex needs --packets'],
  [['decode', '--packets', '--filter', 'bananas', 'a.pcap'], '--filter: "bananas" where host'],
  [['decode', '-c', '0', 'a.pcap'], 'want a whole number from 1 on'],
  [['decode', '--bananas', 'a.pcap'], 'unknown option'],
])('winze %j is refused', async (argv, words) => {
  const { code, stderr } = await play(argv, { captures });
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});

test('winze decode --help fits 80 columns', async () => {
  const { code, stdout } = await play(['decode', '--help']);
  expect(code).toBe(0);
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});
