/** Captures whose first fragments wait for others that do not come. */
import { describe, expect, test } from 'vitest';
import { rawPcap } from '../support/capture-bytes.ts';
import { ipPieces } from '../support/fragments.ts';
import { KERNEL } from '../support/golden-handshakes.ts';
import { initiation, response, udp, wireguardData } from '../support/packets.ts';
import { backward, forward, initiatorLog, sealedData } from '../support/sealed-packets.ts';
import { END_A, END_B } from '../support/tunnel-scene.ts';
import { play } from './fakes.ts';

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const pieces = (counter: number): Uint8Array[] =>
  ipPieces(END_A, END_B, udp(40_000, 51_820, wireguardData(2001, counter, 1420)), [1264], counter);
const shake = [
  ...ipPieces(END_A, END_B, udp(40_000, 51_820, initiation(1001)), []),
  ...ipPieces(END_B, END_A, udp(51_820, 40_000, response(2001, 1001)), []),
];
const filtered = rawPcap([...shake, ...range(300).flatMap((counter) => pieces(counter).slice(0, 1))]);
const whole = rawPcap([...shake, ...range(300).flatMap(pieces)]);
const captures = { 'filtered.pcap': filtered, 'whole.pcap': whole };

const framesOf = (stdout: string): number[] =>
  stdout
    .split('\n')
    .flatMap((line) => line.match(/ #(\d+) /)?.[1] ?? [])
    .map(Number);

describe('--packets', () => {
  test.each(['filtered.pcap', 'whole.pcap'])('of %s: every packet once, in order', async (file) => {
    const { stdout, code } = await play(['decode', '--packets', '-v', file], { captures });
    expect(code).toBe(0);
    expect(framesOf(stdout)).toEqual(range(file === 'whole.pcap' ? 602 : 302).map((i) => i + 1));
  });

  test('a first fragment without the others is the message that it begins', async () => {
    const { stdout } = await play(['decode', '--packets', 'filtered.pcap'], { captures });
    expect(stdout).toMatch(/WireGuard data, rx 0x000007d1, ctr 299, .*\[first fragment, without the others\]/);
  });

  test.each([1, 2, 3, 4, 129, 130, 131, 132, 302])('-c %i stops there', async (count) => {
    const argv = ['decode', '--packets', '-v', '-c', String(count), 'filtered.pcap'];
    const { stdout, code } = await play(argv, { captures });
    expect(code).toBe(0);
    expect(framesOf(stdout)).toEqual(range(count).map((i) => i + 1));
  });

  test.each([1, 3, 4, 100])('what waits is shown when nothing comes for a while behind frame %i', async (pausesAt) => {
    const argv = ['decode', '--packets', '-v', 'filtered.pcap'];
    const { stdout, shownAtPause } = await play(argv, { captures, pausesAt });
    expect(framesOf(shownAtPause)).toEqual(range(pausesAt).map((i) => i + 1));
    expect(framesOf(stdout)).toEqual(range(302).map((i) => i + 1));
  });

  test('a filter of winze finds them as messages', async () => {
    const argv = ['decode', '--packets', '-v', '--filter', 'tunnel wireguard', 'filtered.pcap'];
    expect(framesOf((await play(argv, { captures })).stdout)).toHaveLength(302);
  });
});

test('a report counts them, and so do two captures', async () => {
  const { stdout } = await play(['decode', '--json', 'filtered.pcap'], { captures });
  expect(JSON.parse(stdout).wireguard.peers[0].a_to_b).toMatchObject({ messages: 300, delivery: { lost: 0 } });
  const both = await play(['decode', '--json-stream', 'filtered.pcap', 'whole.pcap'], { captures });
  const { data } = JSON.parse(both.stdout.trimEnd().split('\n').at(-1) ?? '');
  expect(data.join.flows[0].directions[0]).toMatchObject({ packets_lost: 0, mtu_black_hole: null });
});

test('with keys: a message of which the first fragment is there is not whole, and all others open', async () => {
  const sealed = (counter: number): Uint8Array =>
    sealedData(KERNEL.forwardKey, KERNEL.responderIndex, counter, new Uint8Array(1408).fill(0x45));
  const keyed = [
    forward(KERNEL.initiation),
    backward(KERNEL.response),
    ...range(20).flatMap((counter) =>
      counter % 2 === 0
        ? [forward(sealedData(KERNEL.forwardKey, KERNEL.responderIndex, counter, []))]
        : ipPieces(END_A, END_B, udp(40_000, 51_820, sealed(counter)), [1264], counter).slice(0, 1),
    ),
  ];
  const secrets = { 'wg.keys': { bytes: new TextEncoder().encode(initiatorLog(KERNEL)), mode: 0o600 } };
  const { stdout } = await play(['decode', '--json', '--keys', 'wg.keys', 'k.pcap'], {
    captures: { 'k.pcap': rawPcap(keyed) },
    secrets,
  });
  expect(JSON.parse(stdout).decryption).toMatchObject({
    data_messages: 20,
    data_messages_opened: 10,
    not_opened: [{ reason: 'cut', data_messages: 10 }],
  });
});
