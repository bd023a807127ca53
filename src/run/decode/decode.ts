/**
 * `decode`, as the library has it.
 *
 * @module
 */
import { completeDecodeOptions, type DecodeOptions, type Decoding } from './library-options.ts';

/**
 * Decodes a capture. Nothing is read before the first packet, or the report, is asked for.
 *
 * @returns its packets, and its report. Both reject with a `NetError`: `ERR_USAGE` for a file that is not there or keys that
 *   cannot be read, `ERR_UNSUPPORTED` for what may not be read, `ERR_ABORTED` after `signal`.
 * @throws NetError `ERR_USAGE` that names the field that is wrong
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
