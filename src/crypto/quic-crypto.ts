/**
 * The primitives that protect QUIC Initial packets (RFC 9001 §5), from node:crypto.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { AES_BYTES, type QuicCrypto } from '../core/quic-crypto.ts';

/** HMAC-SHA-256, one block of AES-128, and AES-128-GCM. */
export const quicCrypto: QuicCrypto = {
  hmac: (key, ...parts) => {
    const state = createHmac('sha256', key);
    for (const part of parts) state.update(part);
    return new Uint8Array(state.digest());
  },
  aesBlock: (key, block) => {
    const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
    return new Uint8Array(cipher.update(block));
  },
  openGcm: (key, nonce, sealed, aad) => {
    const textBytes = sealed.length - AES_BYTES;
    if (textBytes < 0) return null;
    const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: AES_BYTES });
    decipher.setAAD(aad, { plaintextLength: textBytes });
    decipher.setAuthTag(sealed.subarray(textBytes));
    const text = decipher.update(sealed.subarray(0, textBytes));
    try {
      decipher.final();
    } catch {
      // The tag is wrong.
      return null;
    }
    return new Uint8Array(text);
  },
};
