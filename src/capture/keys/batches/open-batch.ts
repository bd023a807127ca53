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
import { type MessageOpener, OPENING, PLAINTEXT_HEADROOM } from './opening.ts';

/**
 * Tries the keys of each message of a batch, and stores the results in it. Copies of keys are zeroed. May be called
 * again for the same batch.
 */
export function openBatch(batch: MessageBatch, opener: MessageOpener): void {
  // An opener recognises a key by the identity of its array.
  const keys: Uint8Array[] = [];
  const { isSummed } = batch;
  batch.sums.fill(0);
  try {
    for (let i = 0; i < batch.count; i++) {
      const isOpened = openOne(batch, i, keys, opener);
      if (isSummed) addUp(batch, i, isOpened, opener);
      else if (isOpened) keepText(batch, i, opener);
    }
  } finally {
    // The array is sparse: some keys were not needed.
    for (const key of keys) key?.fill(0);
    opener.forget();
  }
}

/** @param keys - copies of the keys that were used so far, by position */
function openOne(batch: MessageBatch, index: number, keys: Uint8Array[], opener: MessageOpener): boolean {
  const { frames } = batch;
  const at = batch.atOf(index);
  const high = readCounterHigh(frames, at);
  const low = readCounterLow(frames, at);
  const from = at + DATA_MESSAGE_HEADER_BYTES;
  const length = batch.lengthOf(index) - DATA_MESSAGE_HEADER_BYTES;
  const first = batch.firstKeyOf(index);
  const end = first + batch.keysOf(index);
  for (let place = first; place < end; place++) {
    let key = keys[place];
    if (key === undefined) {
      key = batch.key(place);
      keys[place] = key;
    }
    if (opener.open(key, high, low, frames, from, length, PLAINTEXT_HEADROOM)) return true;
  }
  return false;
}

function keepText(batch: MessageBatch, index: number, opener: MessageOpener): void {
  const end = PLAINTEXT_HEADROOM + batch.lengthOf(index) - KEEPALIVE_BYTES;
  batch.texts.set(opener.bytes.subarray(PLAINTEXT_HEADROOM, end), batch.textOf(index));
  batch.setOpened(index);
}

function addUp(batch: MessageBatch, index: number, isOpened: boolean, opener: MessageOpener): void {
  const { sums } = batch;
  add(sums, isOpened ? OPENING.opened : batch.openingOf(index), 1);
  if (!isOpened) return;
  const textBytes = batch.lengthOf(index) - KEEPALIVE_BYTES;
  const innerBytes = Math.max(innerLength(opener.bytes, PLAINTEXT_HEADROOM, textBytes), 0);
  if (textBytes === 0) add(sums, SUM.keepalives, 1);
  add(sums, SUM.innerBytes, innerBytes);
  add(sums, SUM.paddingBytes, textBytes - innerBytes);
  if (!mayCarryTunnel(opener.bytes, PLAINTEXT_HEADROOM, textBytes, batch.keepsTcp)) return;
  const end = PLAINTEXT_HEADROOM + Math.min(textBytes, KEPT_BYTES);
  batch.texts.set(opener.bytes.subarray(PLAINTEXT_HEADROOM, end), batch.textOf(index));
  batch.setOpened(index);
}

function add(sums: Int32Array, index: number, count: number): void {
  sums[index] = (sums[index] ?? 0) + count;
}
