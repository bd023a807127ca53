import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Dissector } from '../../src/capture/dissect/dissect.ts';
import { createLayerStack } from '../../src/capture/dissect/layer-stack.ts';
import type { CaptureJoin, JoinDirection } from '../../src/capture/documents/capture-join.ts';
import { CaptureJoiner } from '../../src/capture/join/joiner.ts';
import { MessageTable } from '../../src/capture/join/message-table.ts';
import { Recogniser } from '../../src/capture/recognise/recogniser.ts';
import { joinText } from '../../src/report/decode/join-text.ts';
import { CORPUS, CORPUS_MISSING, eachRecord } from '../support/corpus.ts';
import { relayLog } from '../support/relay-log.ts';

const hasGenerated = existsSync(join(CORPUS, 'generated/wg-lossy'));

function joinOf(files: readonly [string, string], table = new MessageTable(2 ** 16)): CaptureJoin {
  const joiner = new CaptureJoiner(table);
  for (const [i, file] of files.entries()) {
    const dissector = new Dissector({ recogniser: new Recogniser(64) });
    const stack = createLayerStack();
    if (i === 1) joiner.beginSecond();
    eachRecord(file, (record) => {
      dissector.dissect(record, stack);
      joiner.add(record, stack);
    });
  }
  return joiner.result();
}

const ends = (scenario: string): [string, string] => [
  `generated/${scenario}/outerA.pcap`,
  `generated/${scenario}/outerB.pcap`,
];

const counts = ({ packets_lost, packets_duplicated, packets_reordered, packets_missed_by_sender }: JoinDirection) => ({
  lost: packets_lost,
  duplicated: packets_duplicated,
  reordered: packets_reordered,
  missed: packets_missed_by_sender,
});

const by = (join: CaptureJoin, from: string): JoinDirection => {
  const found = join.flows[0]?.directions.find((direction) => direction.from === from);
  if (found === undefined) throw new Error(`no direction from ${from}`);
  return found;
};
const A = '192.0.2.1:51820';
const B = '192.0.2.2:51820';
const MS = 1e6;

describe.skipIf(!hasGenerated)(hasGenerated ? 'two captures of one tunnel' : CORPUS_MISSING, () => {
  test('wg-lossy: loss, duplicates, order and delay of each way are what the relay made', () => {
    const result = joinOf(ends('wg-lossy'));
    expect(result.flows).toHaveLength(1);
    const out = by(result, A);
    const back = by(result, B);
    expect(counts(out)).toEqual({ lost: 67, duplicated: 20, reordered: 27, missed: 0 });
    expect(counts(back)).toEqual({ lost: 28, duplicated: 21, reordered: 56, missed: 0 });
    expect([out.sender, back.sender]).toEqual(['first', 'second']);
    expect(out.sender_by).toBe('both-directions');
    for (const { one_way_delay_ns: delay } of [out, back]) {
      expect(delay?.min).toBeGreaterThan(20 * MS);
      expect(delay?.p50).toBeLessThan(21 * MS);
    }
    // Both were captured on one host.
    expect(Math.abs(result.clock_offset_ns ?? Number.NaN)).toBeLessThan(0.2 * MS);
    expect(result.clock_offset_error_ns).toBeLessThan(21 * MS);
    expect(out.mtu_black_hole).toBeNull();
    expect([out.packets_missed_by_both, back.packets_missed_by_both]).toEqual([0, 0]);
  });

  test('wg-lossy: every message is where the relay put it', () => {
    const table = new MessageTable(2 ** 16);
    joinOf(ends('wg-lossy'), table);
    const indices = { a2b: 3_449_515_271, b2a: 3_496_681_872 };
    const streams = { a2b: -1, b2a: -1 };
    const relay = relayLog('wg-lossy').filter(({ t }) => t === 4);
    const places = new Map<string, number>();
    for (let i = 0; i < table.size; i++) places.set(`${table.streams[i]} ${table.lows[i]} ${table.highs[i]}`, i);
    let checked = 0;
    for (const { dir, rx, ctr, act, iplen } of relay) {
      expect(rx).toBe(indices[dir]);
      // Which of the numbers of streams is whose, the first message of each says.
      if (streams[dir] < 0)
        streams[dir] = [0, 1, 2, 3].find((n) => !Object.values(streams).includes(n) && isOf(table, n, dir)) ?? -1;
      const place = places.get(`${streams[dir]} ${ctr} 0`);
      if (place === undefined) throw new Error(`${dir} ${ctr} is in neither capture`);
      const [sent, received] =
        dir === 'a2b' ? [table.firstCounts, table.secondCounts] : [table.secondCounts, table.firstCounts];
      expect(sent[place]).toBe(1);
      expect(received[place]).toBe(act[0] === 'drop' ? 0 : act[1] === 'dup' ? 2 : 1);
      expect(table.sizes[place]).toBe(iplen);
      checked++;
    }
    expect(checked).toBe(5486);
  });

  test('wg-blackhole: the path loses what is larger than 252 bytes at least', () => {
    const result = joinOf(ends('wg-blackhole'));
    const out = by(result, A);
    expect(out.packets_sent).toBe(43);
    expect(counts(out)).toEqual({ lost: 22, duplicated: 0, reordered: 0, missed: 0 });
    // IPv4 and UDP headers around a payload of 1452.
    expect(out.mtu_black_hole).toEqual({
      largest_received_bytes: 252,
      smallest_lost_bytes: 1480,
      packets_lost: 22,
    });
    expect(out.sizes.filter(({ packets_lost }) => packets_lost > 0)).toEqual([
      { from_bytes: 1401, to_bytes: 1492, packets_sent: 22, packets_lost: 22 },
    ]);
    expect(by(result, B).mtu_black_hole).toBeNull();
    expect(by(result, B).packets_lost).toBe(0);
    expect(joinText(['a', 'b'], result)).toContain('all 22 packets of 1480 bytes and more are lost');
  });

  test('wg-basic-psk: nothing is lost, over a rekey and with files of different resolution', () => {
    const result = joinOf(ends('wg-basic-psk'));
    expect(result.messages_shared).toBe(2 + 2 + 1329);
    expect(by(result, A).ids.map(({ id }) => id)).toHaveLength(3);
    for (const direction of result.flows[0]?.directions ?? []) {
      expect(counts(direction)).toEqual({ lost: 0, duplicated: 0, reordered: 0, missed: 0 });
    }
  });

  test('files the other way round say the same, the clocks apart', () => {
    const [a, b] = ends('wg-lossy');
    const straight = joinOf([a, b]);
    const swapped = joinOf([b, a]);
    expect(swapped.clock_offset_ns).toBeCloseTo(-(straight.clock_offset_ns ?? Number.NaN), -1);
    for (const from of [A, B]) {
      const one = by(straight, from);
      const other = by(swapped, from);
      expect(other.sender).toBe(one.sender === 'first' ? 'second' : 'first');
      expect(counts(other)).toEqual(counts(one));
      expect(other.packets_sent).toBe(one.packets_sent);
      expect(other.packets_outside).toBe(one.packets_outside);
      expect(other.sizes).toEqual(one.sizes);
      expect(other.delay_variation_ns).toEqual(one.delay_variation_ns);
    }
  });

  test('the same file twice: nothing lost, no delay, and no guess at who sends', () => {
    const [a] = ends('wg-lossy');
    const result = joinOf([a, a]);
    expect(result.messages_shared).toBeGreaterThan(5000);
    expect(result.clock_offset_ns).toBeNull();
    for (const direction of result.flows[0]?.directions ?? []) {
      expect(counts(direction)).toEqual({ lost: 0, duplicated: 0, reordered: 0, missed: 0 });
      expect(direction.sender_by).toBeNull();
      expect(direction.one_way_delay_ns).toBeNull();
      expect(direction.delay_variation_ns?.max).toBe(0);
    }
  });

  test('captures of different tunnels share nothing, and the text says so', () => {
    const result = joinOf([ends('wg-lossy')[0], ends('wg-blackhole')[1]]);
    expect(result).toMatchObject({ messages_shared: 0, clock_offset_ns: null, flows: [] });
    expect(result.first.flows_only_here).toBe(1);
    expect(result.second.flows_only_here).toBe(1);
    expect(joinText(['a', 'b'], result)).toContain('no message is in both');
  });

  test('an offloaded datagram has as many messages at the receiver as at the sender', () => {
    const result = joinOf(['generated/udp-gso/sender.pcap', 'generated/udp-gso/receiver.pcap']);
    expect(result.messages_shared).toBe(105);
    expect(result.flows[0]?.directions[0]).toMatchObject({ packets_lost: 0, packets_duplicated: 0 });
  });

  test('headers alone are enough', () => {
    // 58 octets: Ethernet, IPv4, UDP, and 16 of the message.
    const result = joinOf(['generated/formats/snap58.pcap', 'generated/formats/ng-be-ns.pcapng']);
    expect(result.messages_shared).toBe(40);
    expect(result.first.messages_without_id).toBe(0);
  });
});

/** Whether the data of a stream went the way: A's capture has all of `a2b`, lost ones too. */
function isOf(table: MessageTable, stream: number, dir: 'a2b' | 'b2a'): boolean {
  let count = 0;
  let missing = 0;
  for (let i = 0; i < table.size; i++) {
    if (table.streams[i] !== stream) continue;
    count++;
    if ((dir === 'a2b' ? table.firstCounts : table.secondCounts)[i] === 0) missing++;
  }
  return count > 100 && missing === 0;
}
