/**
 * The data messages of one captured datagram: usually one, or several that GSO or GRO has merged (a train).
 *
 * @module
 */
import { DATA_MESSAGE_HEADER_BYTES } from '../../../wire/wireguard.ts';
import { type LayerStack, offsetAt, wireBytesAt } from '../../dissect/layer-stack.ts';
import { MAX_MESSAGES } from './message-decrypter.ts';

/** Positions of the messages of a datagram. The same object is filled for each datagram. */
export interface MessageTrain {
  /** Offset of the first message in the octets of the stack. */
  at: number;
  /** Octets of each message except the last. */
  segmentBytes: number;
  /** Octets of all messages in the capture. */
  capturedBytes: number;
  /** Octets of all messages on the wire. */
  wireBytes: number;
  /** Messages whose header was captured. */
  count: number;
  /** Messages after those. */
  missing: number;
}

/** An empty object for `readMessageTrain` to fill. */
export function createMessageTrain(): MessageTrain {
  return { at: 0, segmentBytes: 0, capturedBytes: 0, wireBytes: 0, count: 0, missing: 0 };
}

/** Finds the messages of a datagram. @param layer - index of a WireGuard layer with a message of type 4 */
export function readMessageTrain(stack: LayerStack, layer: number, train: MessageTrain): void {
  const { segmentBytes } = stack;
  const capturedBytes = stack.capturedBytes[layer] ?? 0;
  const wireBytes = wireBytesAt(stack, layer);
  const total = Math.ceil(wireBytes / segmentBytes);
  const withHeader = Math.floor((capturedBytes - DATA_MESSAGE_HEADER_BYTES) / segmentBytes) + 1;
  train.at = offsetAt(stack, layer);
  train.segmentBytes = segmentBytes;
  train.capturedBytes = capturedBytes;
  train.wireBytes = wireBytes;
  train.count = Math.max(Math.min(total, withHeader, MAX_MESSAGES), 0);
  train.missing = total - train.count;
}

/** Octets of one message on the wire. */
export function messageBytesAt({ segmentBytes, wireBytes }: MessageTrain, index: number): number {
  return Math.min(segmentBytes, wireBytes - index * segmentBytes);
}

/** Whether a message was captured in full. */
export function isMessageWhole(train: MessageTrain, index: number): boolean {
  return index * train.segmentBytes + messageBytesAt(train, index) <= train.capturedBytes;
}
