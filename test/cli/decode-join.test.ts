import { expect, test } from 'vitest';
import { JOIN_SCHEMA, type JoinDocument } from '../../src/capture/documents/capture-join.ts';
import { A, B, ethernet, initiation, ipv4, join, le32, response, udp, wireguardData } from '../support/packets.ts';
import { validStream } from '../support/schemas.ts';
import { play } from './fakes.ts';

const head = join(le32(0xa1b2_c3d4), [2, 0, 4, 0], le32(0), le32(0), le32(262_144), le32(1));

/** A message of WireGuard, and when it is in a capture. */
interface Timed {
  readonly bytes: Uint8Array;
  readonly ms: number;
}

const capture = (...messages: readonly Timed[]): Uint8Array =>
  join(
    head,
    ...[...messages]
      .sort((a, b) => a.ms - b.ms)
      .map(({ bytes, ms }) =>
        join(
          le32(1_700_000_000 + Math.floor(ms / 1000)),
          le32((ms % 1000) * 1000),
          le32(bytes.length),
          le32(bytes.length),
          bytes,
        ),
      ),
  );

const out = (message: Uint8Array): Uint8Array => ethernet(0x0800, ipv4(17, udp(51_820, 51_820, message)));
const back = (message: Uint8Array): Uint8Array =>
  ethernet(0x0800, ipv4(17, udp(51_820, 51_820, message), { source: B, destination: A }));

/** What A sends every 10 ms, and what B answers; each takes 5 ms. */
const sent: Timed[] = [
  { bytes: out(initiation(1)), ms: 0 },
  ...Array.from({ length: 20 }, (_, n) => ({ bytes: out(wireguardData(2, n)), ms: 100 + 10 * n })),
];
const answers: Timed[] = [
  { bytes: back(response(2, 1)), ms: 6 },
  ...Array.from({ length: 20 }, (_, n) => ({ bytes: back(wireguardData(1, n)), ms: 110 + 10 * n })),
];
const later = (messages: readonly Timed[]): Timed[] => messages.map(({ bytes, ms }) => ({ bytes, ms: ms + 5 }));

const captures = {
  'a.pcap': capture(...sent, ...later(answers)),
  // The third data message of A, and the fifth, are lost.
  'b.pcap': capture(...later(sent.filter((_, n) => n !== 3 && n !== 5)), ...answers),
  'c.pcap': capture({ bytes: out(initiation(9)), ms: 0 }),
};

test('winze decode A B reports both and then what they say together', async () => {
  const { code, stdout } = await play(['decode', 'a.pcap', 'b.pcap'], { captures });
  expect(code).toBe(0);
  const text = stdout.replace(/\s+/g, ' ');
  expect(stdout).toMatch(/^a\.pcap: 42 frames/);
  expect(stdout).toMatch(/^b\.pcap: 40 frames/m);
  expect(text).toContain('both captures: first a.pcap, second b.pcap 40 messages are in both');
  expect(text).toContain('21 sent, 19 received, 2 lost (9.52%), 0 duplicated, 0 reordered');
  expect(text).toContain('delay: min 5 ms, median 5 ms');
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('winze decode --json A B ends with a document of both', async () => {
  const { stdout } = await play(['decode', '--json', 'a.pcap', 'b.pcap'], { captures });
  const documents = stdout
    .trimEnd()
    .split(/\n(?=\{)/)
    .map((text) => JSON.parse(text));
  expect(documents).toHaveLength(3);
  const both: JoinDocument = documents[2];
  expect(both).toMatchObject({ schema: JOIN_SCHEMA, files: ['a.pcap', 'b.pcap'] });
  expect(both.join).toMatchObject({ messages_shared: 40, clock_offset_ns: 0, clock_offset_error_ns: 5e6 });
  expect(both.join.flows[0]?.directions.map(({ packets_lost }) => packets_lost)).toEqual([2, 0]);
  expect(documents[0].tunnels.kinds).toMatchObject([{ kind: 'wireguard', packets: 42 }]);
});

test('winze decode --json-stream A B has it as the last line', async () => {
  const { stdout } = await play(['decode', '--json-stream', 'a.pcap', 'b.pcap'], { captures });
  expect(validStream('captureEvent', stdout).at(-1)).toMatchObject({
    event: 'join',
    time: '2027-01-15T08:00:00.000Z',
    data: { join: { messages_shared: 40 } },
  });
});

test('winze decode A C says that they share nothing', async () => {
  const { code, stdout } = await play(['decode', 'a.pcap', 'c.pcap'], { captures });
  expect(code).toBe(0);
  expect(stdout).toContain('no message is in both');
});

test.each([
  [['decode', 'a.pcap']],
  [['decode', 'a.pcap', 'b.pcap', 'c.pcap']],
  [['decode', '--packets', 'a.pcap', 'b.pcap']],
])('winze %j joins nothing', async (argv) => {
  const { stdout } = await play(argv, { captures });
  expect(stdout).not.toContain('both captures');
});

test('winze decode --filter joins what passes the filter', async () => {
  const { stdout } = await play(['decode', '--filter', 'src host 192.0.2.1', 'a.pcap', 'b.pcap'], { captures });
  expect(stdout).toContain('19 messages are in both');
});
