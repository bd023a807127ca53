/**
 * Begins what `decode` and `capture` of the library return. Loaded by them: no program starts with it.
 *
 * @module
 */
import { CaptureDecoding } from './decoding.ts';
import { hostPorts } from './host-ports.ts';
import type { CaptureOptions, Complete, DecodeOptions, Decoding } from './library-options.ts';
import { deviceSource } from './sources/device-source.ts';
import { octetSource } from './sources/octet-source.ts';

/** @throws NetError `ERR_USAGE` that names the field */
export function beginDecode(options: Complete<DecodeOptions>): Decoding {
  const { file, threads } = options;
  return new CaptureDecoding({ source: octetSource(file), options, threads, ports: hostPorts });
}

/** Settles when every packet from then on is captured. @throws NetError as `capture` */
export async function beginCapture(options: Complete<CaptureOptions>): Promise<Decoding> {
  const { device, capture_filter: filter, snaplen_bytes: snaplen, onNotice } = options;
  let onBegun = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    onBegun = resolve;
  });
  const plan = { device, filter, snaplen, isPrompt: true };
  const source = deviceSource(plan, hostPorts, { onNotice, onBegun });
  const decoding = new CaptureDecoding({ source, options, threads: null, ports: hostPorts });
  const reading = decoding.begin();
  // Where nothing can begin, both settle, and the error is the last.
  await Promise.race([reading, begun.then(() => new Promise(setImmediate))]);
  return decoding;
}
