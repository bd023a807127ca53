/**
 * Implements `decode` and `capture` of the library. They load this file on demand, so that programs start faster.
 *
 * @module
 */
import { CaptureDecoding } from './decoding.ts';
import { hostPorts } from './host-ports.ts';
import type { CaptureOptions, Complete, DecodeOptions, Decoding } from './library-options.ts';
import { deviceSource } from './sources/device-source.ts';
import { octetSource } from './sources/octet-source.ts';

/** Makes the result of `decode`. Nothing is read yet. @throws NetError `ERR_USAGE` that names the wrong field */
export function beginDecode(options: Complete<DecodeOptions>): Decoding {
  const { file, threads } = options;
  return new CaptureDecoding({ source: octetSource(file), options, threads, ports: hostPorts });
}

/** Starts a capture. Resolves once every further packet is captured. @throws NetError as `capture` */
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
  // If the capture cannot begin, both settle. The delay lets the rejection of `reading` win the race.
  await Promise.race([reading, begun.then(() => new Promise(setImmediate))]);
  return decoding;
}
