/**
 * Frames of the control connection, made and read by hand: what docs/protocol.md says of them, with
 * node:crypto and Buffer, and nothing of the sources but the shape of a frame.
 *
 * @module
 */
import { createHmac, hkdfSync } from 'node:crypto';
import type { ControlFrame } from '../../src/wire/control-frame.ts';

export type Sender = 'client' | 'server';

/** A message as its sender puts it on the wire, without a seal. */
export function plainOctets(message: unknown): Uint8Array {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Uint8Array.from(Buffer.concat([head, body]));
}

/** One whole frame, from its octets. */
export function frameOf(octets: Uint8Array): ControlFrame {
  const end = 4 + Buffer.from(octets).readUIntBE(1, 3);
  return { octets: octets.slice(0, end), body: octets.slice(4, end), tag: octets[0] === 1 ? octets.slice(end) : null };
}

export function plain(message: unknown): ControlFrame {
  return frameOf(plainOctets(message));
}

export function messageOf(octets: Uint8Array): unknown {
  return JSON.parse(Buffer.from(frameOf(octets).body).toString('utf8'));
}

/** What both ends of a session derive from the secret and the first two frames. */
export class SealOracle {
  readonly #derive: (label: string) => Buffer;
  readonly #counts = { client: 0, server: 0 };

  constructor(secret: Uint8Array | string, hello: Uint8Array, challenge: Uint8Array) {
    this.#derive = (label) =>
      Buffer.from(hkdfSync('sha256', secret, 'winze/2', Buffer.concat([Buffer.from(label), hello, challenge]), 32));
  }

  /** The next frame of `sender`, or the one with another number. */
  seal(sender: Sender, message: unknown, number = this.#counts[sender]++): Uint8Array {
    const octets = Buffer.from(plainOctets(message));
    octets[0] = 1;
    return Uint8Array.from(Buffer.concat([octets, this.tag(sender, number, octets)]));
  }

  /** Whether `octets` are frame `number` of `sender`. */
  isAuthentic(sender: Sender, number: number, octets: Uint8Array): boolean {
    const { octets: sealed, tag } = frameOf(octets);
    return tag !== null && this.tag(sender, number, sealed).equals(tag);
  }

  tag(sender: Sender, number: number, octets: Uint8Array): Buffer {
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(number));
    const key = this.#derive(`winze/2 ${sender}`);
    return createHmac('sha256', key).update(counter).update(octets).digest().subarray(0, 16);
  }

  /** Token of a test, in hexadecimal. */
  token(serial: number): string {
    return this.#derive(`winze/2 token ${serial}`).subarray(0, 8).toString('hex');
  }
}
