/**
 * Keys of WireGuard that somebody has, found again by what a capture shows of them.
 *
 * Everything is bounded: secrets in a capture file are as hostile as its packets.
 *
 * @module
 */
import { toHex } from '../../core/bytes.ts';
import type { Primitives } from '../../core/primitives.ts';
import { clampPrivateKey, sameKey } from '../../tunnel/keys.ts';
import { type PublicIdentity, publicIdentity } from '../../tunnel/wireguard/handshake/identity.ts';
import { type Initiation, MAC_BYTES } from '../../wire/wireguard.ts';

/** The mac1 of every initiation is tried with each of them, at 3 µs. */
export const MAX_STATIC_KEYS = 1024;
/** A pair of peers makes one every two minutes. */
export const MAX_EPHEMERAL_KEYS = 65_536;
export const MAX_PRESHARED_KEYS = 1024;
export const MAX_TRANSPORT_KEYS = 65_536;
/** Preshared keys of one ephemeral key. */
const MAX_EACH = 16;
/** Of one receiver index. */
export const MAX_TRANSPORT_KEYS_EACH = 16;
const NONE: readonly never[] = [];

/** One end of a tunnel. */
export interface StaticKey extends PublicIdentity {
  /** `null`: only the public half is known. */
  privateKey: Uint8Array | null;
  /** What its owner calls it; `null` where nobody says. */
  name: string | null;
  /** That a configuration has for this peer. */
  readonly presharedKeys: Uint8Array[];
}

export interface EphemeralKey {
  readonly privateKey: Uint8Array;
  /** That the key log names with it, in the order of the log. */
  readonly presharedKeys: Uint8Array[];
}

export class KeyRing {
  readonly #p: Primitives;
  readonly #statics = new Map<string, StaticKey>();
  readonly #ephemerals = new Map<string, EphemeralKey>();
  /** By private key: a log repeats the static one with each handshake, and a public key takes 40 µs to derive. */
  readonly #staticPrivates = new Map<string, StaticKey>();
  readonly #ephemeralPrivates = new Map<string, EphemeralKey>();
  readonly #transport = new Map<number, Uint8Array[]>();
  readonly #preshared: Uint8Array[] = [];
  #version = 0;

  constructor(p: Primitives) {
    this.#p = p;
  }

  /** Grows with every key: what could not be opened may be now. */
  get version(): number {
    return this.#version;
  }

  /** For any peer: tried last. */
  get presharedKeys(): readonly Uint8Array[] {
    return this.#preshared;
  }

  /** @returns `null` if there are too many already */
  addStaticPrivate(privateKey: Uint8Array, name: string | null = null): StaticKey | null {
    const clamped = clampPrivateKey(privateKey);
    const known = this.#staticPrivates.get(toHex(clamped));
    if (known !== undefined) return known;
    const entry = this.addStaticPublic(this.#p.publicKey(clamped), name);
    if (entry === null) return null;
    entry.privateKey = clamped;
    this.#staticPrivates.set(toHex(clamped), entry);
    this.#version++;
    return entry;
  }

  /** @returns `null` if there are too many already */
  addStaticPublic(publicKey: Uint8Array, name: string | null = null): StaticKey | null {
    const key = toHex(publicKey);
    let entry = this.#statics.get(key);
    if (entry === undefined) {
      if (this.#statics.size >= MAX_STATIC_KEYS) return null;
      entry = { ...publicIdentity(this.#p, publicKey.slice()), privateKey: null, name: null, presharedKeys: [] };
      this.#statics.set(key, entry);
      this.#version++;
    }
    entry.name ??= name;
    return entry;
  }

  /** @returns `null` if there are too many already */
  addEphemeral(privateKey: Uint8Array): EphemeralKey | null {
    const clamped = clampPrivateKey(privateKey);
    const known = this.#ephemeralPrivates.get(toHex(clamped));
    if (known !== undefined) return known;
    if (this.#ephemerals.size >= MAX_EPHEMERAL_KEYS) return null;
    const entry: EphemeralKey = { privateKey: clamped, presharedKeys: [] };
    this.#ephemeralPrivates.set(toHex(clamped), entry);
    this.#ephemerals.set(toHex(this.#p.publicKey(clamped)), entry);
    this.#version++;
    return entry;
  }

  /** @param of - whose it is; `null`: anybody's. @returns false if there are too many already */
  addPreshared(presharedKey: Uint8Array, of: EphemeralKey | StaticKey | null): boolean {
    const list = of === null ? this.#preshared : of.presharedKeys;
    if (list.some((known) => sameKey(known, presharedKey))) return true;
    if (list.length >= (of === null ? MAX_PRESHARED_KEYS : MAX_EACH)) return false;
    list.push(presharedKey.slice());
    this.#version++;
    return true;
  }

  /**
   * A key of one direction of one session.
   *
   * @param receiverIndex - as the data messages have it
   * @returns false if there are too many already
   */
  addTransport(receiverIndex: number, key: Uint8Array): boolean {
    const list = this.#transport.get(receiverIndex) ?? [];
    if (list.some((known) => sameKey(known, key))) return true;
    if (list.length >= MAX_TRANSPORT_KEYS_EACH || this.#transport.size >= MAX_TRANSPORT_KEYS) return false;
    list.push(key.slice());
    this.#transport.set(receiverIndex, list);
    this.#version++;
    return true;
  }

  staticOf(publicKey: Uint8Array): StaticKey | null {
    return this.#statics.get(toHex(publicKey)) ?? null;
  }

  ephemeralOf(publicKey: Uint8Array): EphemeralKey | null {
    return this.#ephemerals.get(toHex(publicKey)) ?? null;
  }

  transportOf(receiverIndex: number): readonly Uint8Array[] {
    return this.#transport.get(receiverIndex) ?? NONE;
  }

  /** To whom an initiation is addressed: mac1 is made with the receiver's public key (whitepaper §5.4.4). */
  receiverOf({ bytes }: Initiation): StaticKey | null {
    const at = bytes.length - 2 * MAC_BYTES;
    const covered = bytes.subarray(0, at);
    const mac1 = bytes.subarray(at, at + MAC_BYTES);
    for (const entry of this.#statics.values()) if (sameKey(this.#p.mac(entry.mac1Key, covered), mac1)) return entry;
    return null;
  }
}
