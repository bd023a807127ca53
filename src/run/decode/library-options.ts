/**
 * Options and results of the library functions `decode` and `capture`, and the checks of options.
 *
 * @module
 */
import type { CaptureDocument } from '../../capture/documents/capture-report.ts';
import type { DecodedPacket } from '../../capture/documents/decoded-packet.ts';
import { list, matching, nullable, object, type Shape, text, whole } from '../../session/shape.ts';
import { MAX_SNAPLEN_BYTES } from '../capture/live/live-source.ts';
import { given, refuseUnknown, requireShape } from '../options-check.ts';

/** Options of both functions. */
export interface PacketOptions {
  /** Only packets that match, or one of whose decrypted packets matches (docs/decode.md). Default: all. */
  readonly filter?: string | null;
  /** Ends after this many packets that match the filter. Default: no limit. */
  readonly count?: number | null;
  /** Protocols by port, as in `udp:6080=vxlan`. */
  readonly decode_as?: readonly string[];
  /** Paths of key logs. */
  readonly key_logs?: readonly string[];
  /** Paths of wg-quick(8) configurations, whose keys are used. */
  readonly configs?: readonly string[];
  /** Preshared keys in Base64, or paths of files with them. */
  readonly preshared_keys?: readonly string[];
  /** Stops reading or capturing. */
  readonly signal?: AbortSignal | null;
  /** Is called with a line of text for each key that cannot be read, and for similar problems. Default: not called. */
  readonly onNotice?: (message: string) => void;
}

/** Options of `decode`. */
export interface DecodeOptions extends PacketOptions {
  /** Path of a pcap or pcapng file, gzipped or not; or its octets. */
  readonly file: string | AsyncIterable<Uint8Array>;
  /** Threads that decrypt messages, this one included. Default: one per processor, if there are enough messages. */
  readonly threads?: number | null;
}

/** Options of `capture`. */
export interface CaptureOptions extends PacketOptions {
  /** Name of a device; `any` for all of them, on Linux. */
  readonly device: string;
  /** In the syntax of pcap-filter(7). Default: every packet. Unlike `filter`, it does not look inside tunnels. */
  readonly capture_filter?: string;
  /** Octets of each packet that are captured, at most 262144. Default: all. */
  readonly snaplen_bytes?: number;
}

/**
 * A capture that is being read. Its packets can be read only once: iterate over them, ask for the report, or iterate
 * first and then ask for the report.
 */
export interface Decoding extends AsyncIterable<DecodedPacket> {
  /**
   * The document of `winze decode --json`, for all packets that match the filter. Without an iteration, this reads the
   * capture. Otherwise it resolves when the iteration is over; it is refused between two packets, inside the loop, where
   * waiting for it would never end. If the iteration was left early, the report covers the
   * packets read until then, which may be a few more than the program received.
   *
   * @throws NetError as the iteration does. Errors inside the file are in the document (`file.fault`), and do not
   * throw.
   */
  report(): Promise<CaptureDocument>;
  /** Stops reading, and resolves when everything is closed. Not needed after an iteration or a report. */
  close(): Promise<void>;
}

/** The same options with all fields, including defaults. */
export type Complete<T> = { readonly [K in keyof T]-?: T[K] };

const MAX_LISTED = 1000;
const MAX_THREADS = 1024;
const PATH = text(4096, /^[^\0]+$/);
const MAX_FILTER = 10_000;

function isOctets(value: unknown): value is AsyncIterable<Uint8Array> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Symbol.asyncIterator in value &&
    typeof value[Symbol.asyncIterator] === 'function'
  );
}

const PACKETS: { readonly [K in keyof PacketOptions]-?: Shape<PacketOptions[K]> } = {
  filter: nullable(text(MAX_FILTER)),
  count: nullable(whole(1)),
  decode_as: list(text(100), MAX_LISTED),
  key_logs: list(PATH, MAX_LISTED),
  configs: list(PATH, MAX_LISTED),
  preshared_keys: list(PATH, MAX_LISTED),
  signal: nullable(matching((value): value is AbortSignal => value instanceof AbortSignal, 'an AbortSignal or null')),
  onNotice: matching((value): value is () => void => typeof value === 'function', 'a function'),
};
const DECODE: { readonly [K in keyof DecodeOptions]-?: Shape<DecodeOptions[K]> } = {
  ...PACKETS,
  file: (value, at) => (isOctets(value) ? value : PATH(value, at)),
  threads: nullable(whole(1, MAX_THREADS)),
};
const CAPTURE: { readonly [K in keyof CaptureOptions]-?: Shape<CaptureOptions[K]> } = {
  ...PACKETS,
  device: text(256, /^[^\0]+$/),
  capture_filter: text(MAX_FILTER, /^[^\0]*$/),
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

/** Checks the options of `decode`, and adds defaults. @throws NetError `ERR_USAGE` that names the wrong field */
export function completeDecodeOptions(options: DecodeOptions): Complete<DecodeOptions> {
  const complete = { ...USUAL, threads: null, ...given(options, 'what decode takes') };
  refuseUnknown(complete, Object.keys(DECODE), '');
  requireShape(object(DECODE), complete, '');
  return complete;
}

/** Checks the options of `capture`, and adds defaults. @throws NetError `ERR_USAGE` that names the wrong field */
export function completeCaptureOptions(options: CaptureOptions): Complete<CaptureOptions> {
  const usual = { ...USUAL, capture_filter: '', snaplen_bytes: MAX_SNAPLEN_BYTES };
  const complete = { ...usual, ...given(options, 'what capture takes') };
  refuseUnknown(complete, Object.keys(CAPTURE), '');
  requireShape(object(CAPTURE), complete, '');
  return complete;
}
