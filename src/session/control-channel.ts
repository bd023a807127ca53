/**
 * One end of a control connection: encodes messages as frames and decodes frames, and authenticates them if the
 * ends share a secret.
 *
 * With a secret, the first frame of each direction is plain (`hello`, `challenge`), and every later frame is
 * sealed: it carries a tag, which is the HMAC-SHA-256 of the frame's number and octets under the key of its
 * direction, truncated to 16 octets. So a frame that was altered, repeated, omitted, reordered, reflected or taken
 * from another session is not authentic. The first authentic frame proves that its sender knows the secret.
 *
 * One exception: a server that has not received this proof sends its reason to refuse in a plain `error`. A client
 * accepts it as long as the server has not proven that it knows the secret. An attacker who could forge this frame
 * could also interrupt the connection.
 *
 * @module
 */
import { joined, writeU64be } from '../core/bytes.ts';
import { type ControlFrame, encodeControlFrame, FRAME_TAG_BYTES } from '../wire/control-frame.ts';
import { type Hmac, type Role, SessionKeys, sameOctets } from './session-keys.ts';

/** The message of a received frame, or why there is none. */
export type DecodedFrame =
  | { readonly ok: true; readonly value: unknown }
  /**
   * `not-json`: the body is not JSON. `unproven`: the other end has not proven that it knows the secret. `garbled`: it
   * has proven it, but this frame is not authentic; or there is no secret, and this frame is sealed.
   */
  | { readonly ok: false; readonly why: 'not-json' | 'unproven' | 'garbled'; readonly reason: string };

const PEER = { client: 'server', server: 'client' } as const;

/** Encodes and decodes the frames of one control connection, in order. */
export class ControlChannel {
  readonly #role: Role;
  readonly #hmac: Hmac;
  readonly #secret: Uint8Array | null;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  /** The two plain frames, from which all keys are derived. */
  readonly #transcript: Uint8Array[] = [];
  #keys: SessionKeys | undefined;
  #sealed = 0;
  #opened = 0;

  /** @param secret - `null`: frames are not authenticated */
  constructor(role: Role, hmac: Hmac, secret: Uint8Array | null) {
    this.#role = role;
    this.#hmac = hmac;
    this.#secret = secret;
  }

  /** Encodes the next message to the other end, with its tag if there is a key. */
  encode(message: unknown): Uint8Array {
    const body = new TextEncoder().encode(JSON.stringify(message));
    const keys = this.#seals() ? this.#sessionKeys() : undefined;
    if (!keys) return this.#note(encodeControlFrame(body, false));
    const octets = encodeControlFrame(body, true);
    return joined([octets, this.#tagOf(keys.keyOf(this.#role), this.#sealed++, octets)]);
  }

  /** Checks the tag of the next frame from the other end and decodes its message. Never throws. */
  decode(frame: ControlFrame): DecodedFrame {
    if (frame.tag === null) return this.#openPlain(frame);
    const peer = PEER[this.#role];
    const keys = this.#sessionKeys();
    if (!keys) return this.#refuse(`the ${peer} sealed a frame, and there is no key for it`);
    if (!sameOctets(frame.tag, this.#tagOf(keys.keyOf(peer), this.#opened, frame.octets))) {
      return this.#refuse(
        `frame ${this.#opened} of the ${peer} is not authentic: altered, repeated or left out on the way`,
      );
    }
    this.#opened++;
    return this.#parse(frame);
  }

  /**
   * Token of the test with the number `serial`, derived from the secret. `undefined` without a secret: it is random
   * then.
   */
  tokenOf(serial: number): Uint8Array | undefined {
    return this.#sessionKeys()?.tokenOf(serial);
  }

  /** A client seals as soon as there are keys; a server, after the first authentic frame of the client. */
  #seals(): boolean {
    return this.#role === 'client' || this.#opened > 0;
  }

  #openPlain(frame: ControlFrame): DecodedFrame {
    const read = this.#parse(frame);
    if (!this.#sessionKeys()) {
      this.#note(frame.octets);
      return read;
    }
    const mayRefuse = this.#role === 'client' && this.#opened === 0;
    if (read.ok && mayRefuse && typeOf(read.value) === 'error') return read;
    return this.#refuse(`the ${PEER[this.#role]} did not seal a frame`);
  }

  #note(octets: Uint8Array): Uint8Array {
    if (this.#transcript.length < 2) this.#transcript.push(octets.slice());
    return octets;
  }

  #parse({ body }: ControlFrame): DecodedFrame {
    try {
      return { ok: true, value: JSON.parse(this.#decoder.decode(body)) };
    } catch {
      // Not UTF-8 (TypeError) or not JSON (SyntaxError).
      return { ok: false, why: 'not-json', reason: 'a frame is not JSON' };
    }
  }

  #refuse(reason: string): DecodedFrame {
    return { ok: false, why: this.#opened === 0 && this.#secret !== null ? 'unproven' : 'garbled', reason };
  }

  #tagOf(key: Uint8Array, number: number, octets: Uint8Array): Uint8Array {
    const counter = new Uint8Array(8);
    writeU64be(counter, 0, number);
    return this.#hmac(key, joined([counter, octets])).slice(0, FRAME_TAG_BYTES);
  }

  /** `undefined` without a secret, and before both plain frames were exchanged. */
  #sessionKeys(): SessionKeys | undefined {
    if (this.#secret === null || this.#transcript.length < 2) return undefined;
    this.#keys ??= new SessionKeys(this.#hmac, this.#secret, this.#transcript);
    return this.#keys;
  }
}

function typeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
}
