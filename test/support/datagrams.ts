/**
 * Datagrams of a test, written octet by octet from the layout in the protocol, not by the code under test.
 *
 * @module
 */

export const TOKEN = Uint8Array.of(0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7);
export const STREAM = 5;

export interface DatagramWish {
  /** 1 data, 2 warm-up, 3 probe, 4 reply. */
  readonly type?: number;
  readonly stream?: number;
  readonly token?: Uint8Array;
  readonly sequence: bigint | number;
  readonly sent?: bigint | number;
  readonly serverReceived?: bigint | number;
  readonly serverSent?: bigint | number;
  readonly serverCount?: bigint | number;
  readonly length?: number;
}

export function datagram(wish: DatagramWish): Uint8Array {
  const bytes = Buffer.alloc(wish.length ?? 100);
  const put = (at: number, value: bigint | number | undefined): void => {
    if (value !== undefined && bytes.length >= at + 8) bytes.writeBigUInt64BE(BigInt(value), at);
  };
  const header = [0x77, wish.type ?? 1, (wish.stream ?? STREAM) >> 8, (wish.stream ?? STREAM) & 0xff];
  bytes.set([...header, ...(wish.token ?? TOKEN)].slice(0, bytes.length));
  put(12, wish.sequence);
  put(20, wish.sent ?? 0);
  put(28, wish.serverReceived);
  put(36, wish.serverSent);
  put(44, wish.serverCount);
  return new Uint8Array(bytes);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** One buffer with the given octets one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
