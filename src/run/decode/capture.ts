/**
 * `capture`, as the library has it.
 *
 * @module
 */
import { type CaptureOptions, completeCaptureOptions, type Decoding } from './library-options.ts';

/**
 * Captures on a device of this host, until `signal`, `count` packets, or the iteration is left.
 *
 * Packets that nobody asks for wait in the kernel's buffer: when that is full, it drops and counts them.
 *
 * @returns what `decode` returns, when the capture has begun: every packet from then on is captured. It is to be iterated,
 *   asked for its report, or closed.
 * @throws NetError `ERR_USAGE` that names the field that is wrong, or says that there is no such device or filter,
 *   `ERR_UNSUPPORTED` where nothing can capture or it is not permitted
 *
 * @example
 * ```ts
 * const capturing = await capture({ device: 'eth0', capture_filter: 'udp', signal: AbortSignal.timeout(10_000) });
 * for await (const packet of capturing) console.log(packet.frame, packet.layers.at(-1)?.name);
 * ```
 */
export async function capture(options: CaptureOptions): Promise<Decoding> {
  const complete = completeCaptureOptions(options);
  const { beginCapture } = await import('./begin-decoding.ts');
  return beginCapture(complete);
}
