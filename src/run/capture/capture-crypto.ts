/**
 * The cryptography of this host, for messages in captures. Loading it takes a tenth of a second, most of it
 * the self-tests: to be done when there are keys.
 *
 * @module
 */
import type { MessageOpener } from '../../capture/keys/batches/opening.ts';
import type { Primitives } from '../../core/primitives.ts';
import { hostPrimitives } from '../../crypto/select.ts';
import { loadLibc } from '../../native/libc.ts';
import { monotonicNow } from '../monotonic.ts';
import { createMessageOpener } from './message-opener.ts';

export interface CaptureCrypto {
  readonly primitives: Primitives;
  readonly opener: MessageOpener;
}

export function loadCaptureCrypto(): CaptureCrypto {
  const libc = loadLibc();
  const { primitives } = hostPrimitives(libc, monotonicNow);
  return { primitives, opener: createMessageOpener(libc, primitives.aead) };
}
