/**
 * What programs ask of `decode` and `capture`, and the checks of it.
 *
 * @module
 */
import type { CaptureDocument } from '../../capture/documents/capture-report.ts';
import type { DecodedPacket } from '../../capture/documents/decoded-packet.ts';
import { list, nullable, object, type Shape, text, that, whole } from '../../session/shape.ts';
import { MAX_SNAPLEN_BYTES } from '../capture/live/live-source.ts';
import { demand, given, refuseUnknown } from '../options-check.ts';

/** What both have in common. */
export interface PacketOptions {
  /** Only packets that meet it, or that one meets which was decrypted of them (docs/decode.md). Default: all. */
  readonly filter?: string | null;
  /** Ends after so many packets that meet the filter. Default: no limit. */
  readonly count?: number | null;
  /** What is on ports: `udp:6080=vxlan`. */
  readonly decode_as?: readonly string[];
  /** Paths of key logs. */
  readonly key_logs?: readonly string[];
  /** Paths of configurations of wg-quick(8), for the keys in them. */
  readonly configs?: readonly string[];
  /** Preshared keys in Base64, or paths of files with them. */
  readonly preshared_keys?: readonly string[];
  /** Ends it. */
  readonly signal?: AbortSignal | null;
  /** Is told, one line each, what is wrong with single keys, and the like. Default: nobody is. */
  readonly onNotice?: (message: string) => void;
}

/** What `decode` takes. */
export interface DecodeOptions extends PacketOptions {
  /** Path of a pcap or pcapng file, gzipped or not; or its octets. */
  readonly file: string | AsyncIterable<Uint8Array>;
  /** Threads that decrypt messages, this one included. Default: one for each processor, where there is enough to do. */
  readonly threads?: number | null;
}

/** What `capture` takes. */
export interface CaptureOptions extends PacketOptions {
  /** Name of a device; `any` for all of them, on Linux. */
  readonly device: string;
  /** In the language of pcap-filter(7). Default: every packet. `filter` looks inside tunnels, this one does not. */
  readonly capture_filter?: string;
  /** Octets of each packet that are captured, 262144 at most. Default: all. */
  readonly snaplen_bytes?: number;
}

/** A capture that is read. Its packets come once: iterate, or ask for the report, or first the one and then the other. */
export interface Decoding extends AsyncIterable<DecodedPacket> {
  /**
   * The document of `winze decode --json`, of all packets that meet the filter. Reads the capture, if its packets are not
   * asked for; otherwise settles when the iteration is over. After one that was left early it is a report of what was read
   * by then, which may be somewhat more than was given.
   *
   * @throws NetError as the iteration. What is wrong in the file is in the document (`file.fault`), and no error.
   */
  report(): Promise<CaptureDocument>;
  /** Ends the reading, and settles when nothing of it is left open. Not needed after an iteration, or a report. */
  close(): Promise<void>;
}

/** All fields, with what stands for those that were left out. */
export type Complete<T> = { readonly [K in keyof T]-?: T[K] };

const MAX_LISTED = 1000;
const MAX_THREADS = 1024;
const PATH = text(4096, /^[^\0]+$/);
const FILTER = text(10_000);

function isOctets(value: unknown): value is AsyncIterable<Uint8Array> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

const PACKETS: { readonly [K in keyof PacketOptions]-?: Shape<PacketOptions[K]> } = {
  filter: nullable(FILTER),
  count: nullable(whole(1)),
  decode_as: list(text(100), MAX_LISTED),
  key_logs: list(PATH, MAX_LISTED),
  configs: list(PATH, MAX_LISTED),
  preshared_keys: list(PATH, MAX_LISTED),
  signal: nullable(that((value): value is AbortSignal => value instanceof AbortSignal, 'an AbortSignal or null')),
  onNotice: that((value): value is () => void => typeof value === 'function', 'a function'),
};
const DECODE: { readonly [K in keyof DecodeOptions]-?: Shape<DecodeOptions[K]> } = {
  ...PACKETS,
  file: (value, at) => (isOctets(value) ? value : PATH(value, at)),
  threads: nullable(whole(1, MAX_THREADS)),
};
const CAPTURE: { readonly [K in keyof CaptureOptions]-?: Shape<CaptureOptions[K]> } = {
  ...PACKETS,
  device: text(256, /^[^\0]+$/),
  capture_filter: FILTER,
  snaplen_bytes: whole(1, MAX_SNAPLEN_BYTES),
};

const USUAL: Complete<PacketOptions> = {
  filter: null,
  count: null,
  decode_as: [],
  key_logs: [],
  configs: [],
  preshared_keys: [],
  signal: null,
  onNotice: () => {},
};

/** @throws NetError `ERR_USAGE` that names the field */
export function completeDecodeOptions(options: DecodeOptions): Complete<DecodeOptions> {
  const complete = { ...USUAL, threads: null, ...given(options, 'what decode takes') };
  refuseUnknown(complete, Object.keys(DECODE), '');
  demand(object(DECODE), complete, '');
  return complete;
}

/** @throws NetError `ERR_USAGE` that names the field */
export function completeCaptureOptions(options: CaptureOptions): Complete<CaptureOptions> {
  const usual = { ...USUAL, capture_filter: '', snaplen_bytes: MAX_SNAPLEN_BYTES };
  const complete = { ...usual, ...given(options, 'what capture takes') };
  refuseUnknown(complete, Object.keys(CAPTURE), '');
  demand(object(CAPTURE), complete, '');
  return complete;
}
