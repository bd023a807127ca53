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
export function checkClientWishes(spec: TestSpec, device: string | null): void {
  const hasWindow = spec.window_bytes !== null;
  const option =
    device === null ? firstOf([...sendingWishes(spec), ['--window', hasWindow && spec.protocol === 'tcp']]) : '--dev';
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
  const option = firstOf([...(sends ? sendingWishes(spec) : []), ['--window', spec.window_bytes !== null]]);
  if (option === undefined) return;
  throw new NetError('ERR_UNSUPPORTED', `${option}: the server runs on the portable engine, which cannot do that`);
}

type Wish = readonly [option: string, wanted: boolean];

/** Options for the sending end. */
function sendingWishes(spec: TestSpec): readonly Wish[] {
  return [
    ['--tos', spec.tos !== null],
    ['--congestion', spec.congestion_control !== null],
    ['--mss', spec.mss_bytes !== null],
    ['--dont-fragment', spec.dont_fragment],
  ];
}

function firstOf(wishes: readonly Wish[]): string | undefined {
  return wishes.find(([, wanted]) => wanted)?.[0];
}
