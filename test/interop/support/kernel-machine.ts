/**
 * The virtual machine in which the kernel's WireGuard is, when that is the peer. All files of tests share one, which
 * `with-kernel.ts` boots and ends.
 *
 * @module
 */
import { inject } from 'vitest';
import { Guest, type Place } from '../../vm/support/guest.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** None where no machine was booted. */
    kernelMachine?: Place;
  }
}

let guest: Guest | undefined;

/** @throws Error where none was booted */
export function kernelMachine(): Guest {
  const place = inject('kernelMachine');
  if (!place) throw new Error('WireGuard of the kernel is in a virtual machine: run npm run test:vm');
  guest ??= new Guest(place);
  return guest;
}
