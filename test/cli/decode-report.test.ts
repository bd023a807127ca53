import { expect, test } from 'vitest';
import type { CaptureDocument } from '../../src/capture/documents/capture-report.ts';
import { initiation, join, le32, response, wireguardData } from '../support/packets.ts';
import { validStream } from '../support/schemas.ts';
import { datagram, END_A, END_B } from '../support/tunnel-scene.ts';
import { play } from './fakes.ts';

/** A handshake, data with counters 3 and 4 missing, a keepalive. */
const PACKETS: readonly Uint8Array[] = [
  datagram(END_A, END_B, initiation(0x1001)),
  datagram(END_B, END_A, response(0x2002, 0x1001)),
  ...[0, 1, 2, 5].map((counter) => datagram(END_A, END_B, wireguardData(0x2002, counter))),
  datagram(END_B, END_A, wireguardData(0x1001, 0, 0)),
  datagram(END_B, END_A, wireguardData(0x1001, 1)),
];

/** LINKTYPE_RAW, nanoseconds, 10 ms apart. */
const head = join(le32(0xa1b2_3c4d), [2, 0, 4, 0], le32(0), le32(0), le32(262_144), le32(101));
const wg = join(
  head,
  ...PACKETS.map((bytes, i) =>
    join(le32(1_700_000_000), le32(i * 10_000_000 + 7), le32(bytes.length), le32(bytes.length), bytes),
  ),
);
const captures = { 'wg.pcap': wg, 'cut.pcap': wg.slice(0, -3) };

test('winze decode FILE says what is wrong, then what there is', async () => {
  const { code, stdout } = await play(['decode', 'wg.pcap'], { captures });
  expect(code).toBe(0);
  expect(stdout).toContain('33% lost A to B: 2 of 6 messages, in one run of 2 (frame 6)');
  expect(stdout).toContain('A      192.0.2.1:40000');
  expect(stdout.indexOf('findings')).toBeLessThan(stdout.indexOf('peer 1'));
  expect(stdout.indexOf('peer 1')).toBeLessThan(stdout.indexOf('layers'));
  expect(stdout.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
});

test('the report fits 60 columns, and a terminal that has more', async () => {
  const lines = async (columns: string, ...files: string[]): Promise<readonly string[]> =>
    (await play(['decode', ...files], { captures, env: { COLUMNS: columns } })).stdout.split('\n');
  for (const files of [['wg.pcap'], ['wg.pcap', 'cut.pcap']]) {
    expect((await lines('60', ...files)).filter((line) => [...line].length > 60)).toEqual([]);
    expect((await lines('140', ...files)).length).toBeLessThan((await lines('60', ...files)).length);
  }
});

test('--ascii has no other characters, in JSON every one', async () => {
  const { stdout } = await play(['decode', '--ascii', 'wg.pcap'], { captures });
  expect(stdout).toMatch(/^-{20,}$/m);
  expect(stdout).toMatch(/^\p{ASCII}*$/u);
  const named = await play(['decode', '--ascii', '--json', 'ü.pcap'], { captures: { 'ü.pcap': wg } });
  expect(JSON.parse(named.stdout).file.name).toBe('ü.pcap');
});

test('winze decode --json prints one document', async () => {
  const { code, stdout } = await play(['decode', '--json', 'wg.pcap'], { captures });
  expect(code).toBe(0);
  const document = JSON.parse(stdout) as CaptureDocument;
  expect(document).toMatchObject({
    schema: 'winze-capture/1',
    tool: { name: 'winze' },
    file: { name: 'wg.pcap', format: 'pcap', started_at: '2023-11-14T22:13:20.000000007Z', fault: null },
    summary: { frames: 8 },
    wireguard: { basis: 'keyless', messages: { initiation: 1, response: 1, cookie_reply: 0, data: 5, keepalive: 1 } },
  });
  expect(document.wireguard?.peers[0]?.a_to_b.delivery).toMatchObject({ lost: 2, received: 4 });
  expect(document.findings.map(({ code: name }) => name)).toEqual(['loss']);
});

test('winze decode --json-stream prints a line for each event, and the document last', async () => {
  const { code, stdout } = await play(['decode', '--json-stream', 'wg.pcap'], { captures });
  expect(code).toBe(0);
  const lines = validStream('captureEvent', stdout);
  expect(lines.map(({ event }) => event)).toEqual(['initiation', 'response', 'gap', 'keepalive', 'end']);
  // 1,700,000,000 s after the epoch, by date(1): the second frame is 10 ms and 7 ns later.
  expect(lines[1]?.time).toBe('2023-11-14T22:13:20.010000007Z');
  expect(lines[4]?.time).toBe('2027-01-15T08:00:00.000Z');
  expect(lines[1]?.data).toMatchObject({ frame: 2, at_ns: 10e6, latency_ns: 10e6, source: '198.51.100.2:51820' });
  expect(lines[2]?.data).toMatchObject({ frame: 6, first_counter: 3, counters: 2, receiver_index: 0x2002 });
  expect(lines[4]?.data).toMatchObject({ schema: 'winze-capture/1', summary: { frames: 8 } });
});

test('winze decode --json of a damaged file has what was read, and says what is wrong', async () => {
  const { code, stdout } = await play(['decode', '--json', 'cut.pcap'], { captures });
  expect(code).toBe(6);
  expect(JSON.parse(stdout)).toMatchObject({ summary: { frames: 7 }, file: { fault: { frame: 8 } } });
});

test.each([
  [['decode', '--json', '--packets', 'wg.pcap'], '--packets is text'],
  [['decode', '--json', '--json-stream', 'wg.pcap'], 'not both'],
])('winze %j is refused', async (argv, words) => {
  const { code, stderr } = await play(argv, { captures });
  expect(code).toBe(2);
  expect(stderr).toContain(words);
});
