/**
 * The cryptography of this host, for messages in captures. Loading it takes a tenth of a second, most of it for
 * self-tests, so it is loaded only when there are keys.
 *
 * @module
 */
import type { MessageDecrypter } from '../../capture/keys/batches/message-decrypter.ts';
import type { Primitives } from '../../core/primitives.ts';
import { hostPrimitives } from '../../crypto/select.ts';
import { loadLibc } from '../../native/libc.ts';
import { monotonicNow } from '../monotonic.ts';
import { createMessageDecrypter } from './native-decrypter.ts';

/** What decrypts handshakes, and what decrypts data messages. */
export interface CaptureCrypto {
  /** For handshakes. */
  readonly primitives: Primitives;
  /** For data messages. */
  readonly messageDecrypter: MessageDecrypter;
}

/** Chooses the fastest implementations that pass the self-tests on this host. */
export function loadCaptureCrypto(): CaptureCrypto {
  const libc = loadLibc();
  const { primitives } = hostPrimitives(libc, monotonicNow);
  return { primitives, messageDecrypter: createMessageDecrypter(libc, primitives.aead) };
}
