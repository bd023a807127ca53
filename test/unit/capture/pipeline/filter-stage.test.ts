import { describe, expect, test } from 'vitest';
import { Dissector } from '../../../../src/capture/dissect/dissect.ts';
import { createLayerStack, type LayerStack } from '../../../../src/capture/dissect/layer-stack.ts';
import { parseFilter } from '../../../../src/capture/filter/parse-filter.ts';
import { DECRYPT_RESULT } from '../../../../src/capture/keys/batches/message-decrypter.ts';
import type { DecryptedPacket } from '../../../../src/capture/keys/decrypter.ts';
import { DecryptionCounter } from '../../../../src/capture/keys/decryption-counts.ts';
import { FilterStage } from '../../../../src/capture/pipeline/filter-stage.ts';
import type { PacketSink } from '../../../../src/capture/pipeline/packet-sink.ts';
import { NO_DECODE_AS } from '../../../../src/capture/ports/decode-as-rules.ts';
import { icmpEcho, ipv4, join, recordOf, udp, wireguardData } from '../../../support/packets.ts';

const outer = ipv4(17, udp(51_820, 51_821, wireguardData(7, 1)));
const echo = ipv4(1, icmpEcho());
const datagram = ipv4(17, udp(5000, 5001, new Uint8Array(4)));

/** A packet of which these were decrypted. */
function decrypted(...inner: readonly Uint8Array[]): DecryptedPacket {
  const lengths = Int32Array.from(inner, ({ length }) => length);
  return {
    handshake: null,
    source: null,
    count: inner.length,
    missing: 0,
    results: new Uint8Array(inner.length).fill(DECRYPT_RESULT.decrypted),
    offsets: Int32Array.from(inner, (_, i) => inner.slice(0, i).reduce((sum, { length }) => sum + length, 0)),
    lengths,
    bytes: join(...inner),
  };
}

function scene(filter: string | null, { wantsInner = true, isKnown = false, hasInnerSink = false } = {}) {
  const log: string[] = [];
  const protocol = (stack: LayerStack): string => `${stack.count} layers`;
  const sink: PacketSink = {
    takeKnown: () => isKnown,
    take: (_, stack, opened) => void log.push(`packet of ${protocol(stack)}${opened ? ', with keys' : ''}`),
    wantsInner,
    takeInner: (record) => void log.push(`inner of ${record.capturedBytes}`),
    innerTunnels: null,
  };
  const parsed = filter === null ? null : parseFilter(filter, () => undefined);
  const condition = parsed?.ok ? parsed.condition : null;
  expect(condition === null).toBe(filter === null);
  const counter = new DecryptionCounter();
  const innerSink = hasInnerSink ? () => void log.push('inner file') : null;
  const stage = new FilterStage({ condition, decodeAs: NO_DECODE_AS, sink, innerSink, counter });
  const record = recordOf(outer, { linkType: 101 });
  const stack = createLayerStack();
  new Dissector().dissect(record, stack);
  return { log, stage, record, stack, counter };
}

describe('FilterStage', () => {
  test('passes a packet that matches the filter, with all its decrypted packets', () => {
    const { log, stage, record, stack, counter } = scene('wireguard', { hasInnerSink: true });
    stage.take(record, stack, decrypted(echo, datagram));
    expect(log).toEqual([
      'packet of 3 layers, with keys',
      `inner of ${echo.length}`,
      'inner file',
      `inner of ${datagram.length}`,
      'inner file',
    ]);
    expect(stage.passed).toBe(1);
    expect(counter.result(0).messages).toBe(2);
  });

  test('passes a packet that does not match, with those of its inner packets that match', () => {
    const { log, stage, record, stack } = scene('icmp');
    stage.take(record, stack, decrypted(datagram, echo));
    expect(log).toEqual(['packet of 3 layers, with keys', `inner of ${echo.length}`]);
  });

  test('drops packets that do not match, inner or outer, and does not count them', () => {
    const { log, stage, record, stack, counter } = scene('icmp');
    stage.take(record, stack, decrypted(datagram));
    stage.take(record, stack, null);
    expect(log).toEqual([]);
    expect(stage.passed).toBe(0);
    expect(counter.result(0).messages).toBe(0);
  });

  test.each([
    [null, false, false, true],
    [null, true, false, false],
    [null, false, true, false],
    ['udp', false, false, false],
  ])('order matters if inner packets are used: %s %s %s', (filter, wantsInner, hasInnerSink, isAnyOrder) => {
    expect(scene(filter, { wantsInner, hasInnerSink }).stage.isAnyOrder).toBe(isAnyOrder);
  });

  test('offers packets that were not dissected to a sink, unless there is a filter', () => {
    const { stage, record } = scene(null, { isKnown: true });
    expect(stage.takeKnown(record)).toBe(true);
    expect(stage.passed).toBe(1);
    expect(scene('udp', { isKnown: true }).stage.takeKnown(record)).toBe(false);
    expect(scene(null).stage.takeKnown(record)).toBe(false);
  });
});
