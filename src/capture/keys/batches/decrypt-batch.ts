/**
 * Decrypts the messages of a batch.
 *
 * @module
 */
import { innerLength } from '../../../wire/ip.ts';
import { DATA_MESSAGE_HEADER_BYTES, KEEPALIVE_BYTES } from '../../../wire/wireguard.ts';
import { readCounterHigh, readCounterLow } from '../../layers/encrypted/wireguard.ts';
import { KEPT_BYTES, mayCarryTunnel } from '../may-carry-tunnel.ts';
import { type MessageBatch, SUM } from './message-batch.ts';
import { DECRYPT_RESULT, type MessageDecrypter, PLAINTEXT_HEADROOM } from './message-decrypter.ts';

/**
 * Tries the keys of each message of a batch, and stores the results in it. Copies of keys are zeroed. May be called
 * again for the same batch.
 */
export function decryptBatch(batch: MessageBatch, decrypter: MessageDecrypter): void {
  // A decrypter recognises a key by the identity of its array.
  const keys: Uint8Array[] = [];
  const { isSummed } = batch;
  batch.sums.fill(0);
  try {
    for (let i = 0; i < batch.count; i++) {
      const isDecrypted = decryptOne(batch, i, keys, decrypter);
      if (isSummed) addUp(batch, i, isDecrypted, decrypter);
      else if (isDecrypted) keepText(batch, i, decrypter);
    }
  } finally {
    // The array is sparse: some keys were not needed.
    for (const key of keys) key?.fill(0);
    decrypter.forget();
  }
}

/** @param keys - copies of the keys that were used so far, by position */
function decryptOne(batch: MessageBatch, index: number, keys: Uint8Array[], decrypter: MessageDecrypter): boolean {
  const { frames } = batch;
  const at = batch.atOf(index);
  const high = readCounterHigh(frames, at);
  const low = readCounterLow(frames, at);
  const encrypted = frames.subarray(at + DATA_MESSAGE_HEADER_BYTES, at + batch.lengthOf(index));
  const first = batch.firstKeyOf(index);
  const end = first + batch.keysOf(index);
  for (let place = first; place < end; place++) {
    let key = keys[place];
    if (key === undefined) {
      key = batch.key(place);
      keys[place] = key;
    }
    if (decrypter.decrypt(key, high, low, encrypted, PLAINTEXT_HEADROOM)) return true;
  }
  return false;
}

function keepText(batch: MessageBatch, index: number, decrypter: MessageDecrypter): void {
  const end = PLAINTEXT_HEADROOM + batch.lengthOf(index) - KEEPALIVE_BYTES;
  batch.plaintexts.set(decrypter.bytes.subarray(PLAINTEXT_HEADROOM, end), batch.plaintextOf(index));
  batch.setDecrypted(index);
}

function addUp(batch: MessageBatch, index: number, isDecrypted: boolean, decrypter: MessageDecrypter): void {
  const { sums } = batch;
  add(sums, isDecrypted ? DECRYPT_RESULT.decrypted : batch.resultOf(index), 1);
  if (!isDecrypted) return;
  const textBytes = batch.lengthOf(index) - KEEPALIVE_BYTES;
  const innerBytes = Math.max(innerLength(decrypter.bytes, PLAINTEXT_HEADROOM, textBytes), 0);
  if (textBytes === 0) add(sums, SUM.keepalives, 1);
  add(sums, SUM.innerBytes, innerBytes);
  add(sums, SUM.paddingBytes, textBytes - innerBytes);
  if (!mayCarryTunnel(decrypter.bytes, PLAINTEXT_HEADROOM, textBytes, batch.keepsTcp)) return;
  const end = PLAINTEXT_HEADROOM + Math.min(textBytes, KEPT_BYTES);
  batch.plaintexts.set(decrypter.bytes.subarray(PLAINTEXT_HEADROOM, end), batch.plaintextOf(index));
  batch.setDecrypted(index);
}

function add(sums: Int32Array, index: number, count: number): void {
  sums[index] = (sums[index] ?? 0) + count;
}
