/**
 * Packets made by hand, layer by layer: each function returns its header and what it is given.
 */
import { Dissector, type DissectorOptions } from '../../src/capture/dissect/dissect.ts';
import { createLayerStack, type LayerStack } from '../../src/capture/dissect/layer-stack.ts';
import { layerName } from '../../src/capture/dissect/layer-table.ts';
import { Recogniser } from '../../src/capture/recognise/recogniser.ts';
import { type CaptureRecord, createCaptureRecord } from '../../src/capture/record.ts';

export type Octets = Uint8Array | readonly number[];

export function join(...parts: readonly Octets[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((bytes, part) => bytes + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
export const u16 = (value: number): number[] => [(value >>> 8) & 0xff, value & 0xff];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
export const le32 = (value: number): number[] => u32(value).reverse();
export const zeros = (count: number): number[] => new Array<number>(count).fill(0);

export const ethernet = (type: number, payload: Octets): Uint8Array =>
  join([2, 0, 0, 0, 0, 2], [2, 0, 0, 0, 0, 1], u16(type), payload);

interface Ipv4Fields {
  readonly source?: readonly number[];
  readonly destination?: readonly number[];
  readonly id?: number;
  /** Flags and offset as they stand in the header. */
  readonly fragment?: number;
  readonly options?: readonly number[];
  /** What the length field says, where that is a lie. */
  readonly length?: number;
}

export const A = [192, 0, 2, 1];
export const B = [198, 51, 100, 2];
export const A6 = [0x20, 1, 0x0d, 0xb8, ...zeros(11), 1];
export const B6 = [0x20, 1, 0x0d, 0xb8, ...zeros(11), 2];

export function ipv4(protocol: number, payload: Octets, fields: Ipv4Fields = {}): Uint8Array {
  const { source = A, destination = B, id = 1, fragment = 0, options = [] } = fields;
  const length = fields.length ?? 20 + options.length + payload.length;
  const head = [0x45 + options.length / 4, 0, ...u16(length), ...u16(id), ...u16(fragment), 64, protocol, 0, 0];
  return join(head, source, destination, options, payload);
}

export const ipv6 = (next: number, payload: Octets, length = payload.length): Uint8Array =>
  join([0x60, 0, 0, 0], u16(length), [next, 64], A6, B6, payload);

export const udp = (source: number, destination: number, payload: Octets, length = 8 + payload.length): Uint8Array =>
  join(u16(source), u16(destination), u16(length), [0, 0], payload);

export const tcp = (
  source: number,
  destination: number,
  payload: Octets,
  sequence = 1,
  options: Octets = [],
): Uint8Array =>
  join(
    u16(source),
    u16(destination),
    u32(sequence),
    u32(0),
    [(5 + options.length / 4) << 4, 0x18],
    u16(512),
    zeros(4),
    options,
    payload,
  );

export const icmpEcho = (): Uint8Array => join([8, 0, 0, 0], u16(7), u16(1), zeros(56));

/** A message of type 4. */
export const wireguardData = (receiver: number, counter: number, packetBytes = 64, reserved = 0): Uint8Array =>
  join(
    le32(4 + reserved * 256),
    le32(receiver),
    le32(counter >>> 0),
    le32(Math.floor(counter / 2 ** 32)),
    new Array<number>(packetBytes + 16).fill(0xa5),
  );

export const initiation = (sender: number, reserved = 0): Uint8Array =>
  join(le32(1 + reserved * 256), le32(sender), new Array<number>(124).fill(0x5a), zeros(16));

export const response = (sender: number, receiver: number, reserved = 0): Uint8Array =>
  join(le32(2 + reserved * 256), le32(sender), le32(receiver), new Array<number>(64).fill(0x5a), zeros(16));

export const cookieReply = (receiver: number): Uint8Array =>
  join(le32(3), le32(receiver), new Array<number>(56).fill(0x5a));

export function recordOf(bytes: Uint8Array, changes: Partial<CaptureRecord> = {}): CaptureRecord {
  const record = createCaptureRecord();
  Object.assign(record, { frame: 1, bytes, offset: 0, capturedBytes: bytes.length, originalBytes: bytes.length });
  return Object.assign(record, { linkType: 1, seconds: 1_700_000_000, nanoseconds: 0, ...changes });
}

/** A dissector and a stack, and what it makes of packets one after the other. */
export class Bench {
  readonly stack: LayerStack = createLayerStack();
  readonly #dissector: Dissector;

  constructor(options: DissectorOptions = {}) {
    // A table of the usual size takes longer to make than a test to run.
    this.#dissector = new Dissector({ recogniser: new Recogniser(64), ...options });
  }

  /** Names of the layers. */
  layers(bytes: Uint8Array, changes: Partial<CaptureRecord> = {}): string {
    this.#dissector.dissect(recordOf(bytes, changes), this.stack);
    return namesOf(this.stack);
  }

  /** The same for an IP packet without a link layer. */
  ip(bytes: Uint8Array, changes: Partial<CaptureRecord> = {}): string {
    return this.layers(bytes, { linkType: 101, ...changes });
  }
}

export function namesOf(stack: LayerStack): string {
  return Array.from(stack.kinds.subarray(0, stack.count), layerName).join(' ');
}
