/**
 * Options that the sockets of Node do not support. They are refused by name, never ignored.
 *
 * @module
 */
import { NetError } from '../../core/errors.ts';
import type { Engine, TestSpec } from '../../core/shapes/spec.ts';

/**
 * Refuses options that a client with the portable engine does not support.
 *
 * @throws NetError `ERR_UNSUPPORTED` that names the option
 */
export function checkClientEngine(spec: TestSpec, device: string | null): void {
  const hasWindow = spec.window_bytes !== null;
  const option =
    device === null ? firstOf([...senderOptions(spec), ['--window', hasWindow && spec.protocol === 'tcp']]) : '--dev';
  if (option === undefined) return;
  const needs = 'needs the Linux engine: the optional package koffi, on 64-bit Linux, without --engine portable';
  throw new NetError('ERR_UNSUPPORTED', `${option} ${needs}`);
}

/**
 * Refuses options that the server would have to apply and its engine does not support.
 *
 * @throws NetError `ERR_UNSUPPORTED` that names the option
 */
export function checkServerEngine(spec: TestSpec, engine: Engine): void {
  if (engine === 'linux') return;
  const sends = spec.direction !== 'upload' || spec.test === 'latency';
  const option = firstOf([...(sends ? senderOptions(spec) : []), ['--window', spec.window_bytes !== null]]);
  if (option === undefined) return;
  throw new NetError('ERR_UNSUPPORTED', `${option}: the server runs on the portable engine, which cannot do that`);
}

type RequestedOption = readonly [option: string, isRequested: boolean];

/** Options for the sending end. */
function senderOptions(spec: TestSpec): readonly RequestedOption[] {
  return [
    ['--tos', spec.tos !== null],
    ['--congestion', spec.congestion_control !== null],
    ['--mss', spec.mss_bytes !== null],
    ['--dont-fragment', spec.dont_fragment],
  ];
}

function firstOf(options: readonly RequestedOption[]): string | undefined {
  return options.find(([, isRequested]) => isRequested)?.[0];
}
