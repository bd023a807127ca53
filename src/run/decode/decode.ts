/**
 * The library function `decode`.
 *
 * @module
 */
import { completeDecodeOptions, type DecodeOptions, type Decoding } from './library-options.ts';

/**
 * Decodes a capture. Nothing is read until the program asks for the first packet or the report.
 *
 * @returns its packets, and its report. Both reject with a `NetError`: `ERR_USAGE` if the file does not exist or keys
 *   cannot be read, `ERR_UNSUPPORTED` if reading is not permitted, `ERR_ABORTED` after `signal`.
 * @throws NetError `ERR_USAGE` that names the wrong field
 *
 * @example
 * ```ts
 * const capture = await decode({ file: 'wg.pcap', key_logs: ['wg.keys'], filter: 'udp port 51820' });
 * for await (const packet of capture) {
 *   console.log(packet.frame, packet.layers.map((layer) => layer.name), packet.inner.length);
 * }
 * const { findings } = await capture.report();
 * ```
 */
export async function decode(options: DecodeOptions): Promise<Decoding> {
  const complete = completeDecodeOptions(options);
  const { beginDecode } = await import('./begin-decoding.ts');
  return beginDecode(complete);
}
