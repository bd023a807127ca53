/**
 * The data messages of one datagram: mostly one, or a train that segmentation offload made.
 *
 * @module
 */
import { DATA_HEADER_BYTES } from '../../../wire/wireguard.ts';
import { type LayerStack, offsetAt, wireBytesAt } from '../../dissect/layer-stack.ts';
import { MAX_MESSAGES } from './opening.ts';

/** Filled again for each datagram. */
export interface MessageTrain {
  /** Where the first message begins in the stack's octets. */
  at: number;
  /** Octets of each message but the last. */
  segmentBytes: number;
  /** Octets of the train in the capture, and on the wire. */
  capturedBytes: number;
  wireBytes: number;
  /** Messages of which the header was captured: those that are looked at. */
  count: number;
  /** Messages behind those. */
  missing: number;
}

export function createMessageTrain(): MessageTrain {
  return { at: 0, segmentBytes: 0, capturedBytes: 0, wireBytes: 0, count: 0, missing: 0 };
}

/** Reads where the messages are. @param layer - WireGuard or WARP, with a message of type 4 */
export function readMessageTrain(stack: LayerStack, layer: number, train: MessageTrain): void {
  const { segmentBytes } = stack;
  const capturedBytes = stack.capturedBytes[layer] ?? 0;
  const wireBytes = wireBytesAt(stack, layer);
  const total = Math.ceil(wireBytes / segmentBytes);
  const withHeader = Math.floor((capturedBytes - DATA_HEADER_BYTES) / segmentBytes) + 1;
  train.at = offsetAt(stack, layer);
  train.segmentBytes = segmentBytes;
  train.capturedBytes = capturedBytes;
  train.wireBytes = wireBytes;
  train.count = Math.max(Math.min(total, withHeader, MAX_MESSAGES), 0);
  train.missing = total - train.count;
}

/** Octets of a message on the wire. */
export function messageBytesAt({ segmentBytes, wireBytes }: MessageTrain, index: number): number {
  return Math.min(segmentBytes, wireBytes - index * segmentBytes);
}

/** Whether the capture has all of a message. */
export function isMessageWhole(train: MessageTrain, index: number): boolean {
  return index * train.segmentBytes + messageBytesAt(train, index) <= train.capturedBytes;
}
