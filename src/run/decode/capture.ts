/**
 * The library function `capture`.
 *
 * @module
 */
import { type CaptureOptions, completeCaptureOptions, type Decoding } from './library-options.ts';

/**
 * Captures on a device of this host. The capture ends with `signal`, after `count` packets, or when the iteration is
 * left.
 *
 * Packets that the program has not asked for yet wait in the kernel's buffer. When that is full, the kernel drops
 * packets and counts them.
 *
 * @returns the same as `decode`, once the capture has begun: every further packet is captured. The caller must iterate
 * it, ask for its report, or close it.
 * @throws NetError `ERR_USAGE` that names the wrong field, or says that the device or the filter does not exist;
 * `ERR_UNSUPPORTED` if no capture tool is installed, or capturing is not permitted
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
