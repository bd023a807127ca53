/**
 * Two captures made by hand, and what is said of both.
 */
import { Dissector } from '../../src/capture/dissect/dissect.ts';
import { createLayerStack } from '../../src/capture/dissect/layer-stack.ts';
import type { CaptureJoin } from '../../src/capture/documents/capture-join.ts';
import { CaptureJoiner } from '../../src/capture/join/joiner.ts';
import { MessageTable } from '../../src/capture/join/message-table.ts';
import { Lookahead } from '../../src/capture/pipeline/lookahead.ts';
import { Recogniser } from '../../src/capture/recognise/recogniser.ts';
import type { CaptureRecord } from '../../src/capture/record.ts';
import { recordOf } from './packets.ts';

/** An IP packet. */
export interface Captured {
  readonly packet: Uint8Array;
  /** Since some moment, by the capture's clock; `null`: the file does not say. */
  readonly atNs: number | null;
  /** Octets that the capture kept. */
  readonly kept?: number;
}

const EPOCH_S = 1_700_000_000;

export function joined(
  first: readonly Captured[],
  second: readonly Captured[],
  table = new MessageTable(2 ** 12),
): CaptureJoin {
  const joiner = new CaptureJoiner(table);
  feed(joiner, first);
  joiner.beginSecond();
  feed(joiner, second);
  return joiner.result();
}

function feed(joiner: CaptureJoiner, packets: readonly Captured[]): void {
  const dissector = new Dissector({ recogniser: new Recogniser(64), canLookAhead: true });
  const lookahead = new Lookahead(dissector);
  const stack = createLayerStack();
  const take = (record: CaptureRecord): boolean => {
    dissector.dissect(record, stack);
    if (dissector.undecidedPair !== null) return false;
    joiner.add(record, stack);
    return true;
  };
  for (const { packet, atNs, kept = packet.length } of packets) {
    const seconds = atNs === null ? null : EPOCH_S + Math.floor(atNs / 1e9);
    const nanoseconds = atNs === null ? 0 : atNs - Math.floor(atNs / 1e9) * 1e9;
    const record = recordOf(packet.slice(0, kept), { linkType: 101, seconds, nanoseconds });
    record.originalBytes = packet.length;
    lookahead.passOrHold(record, take);
  }
  lookahead.end();
  lookahead.passHeld(take);
}
