/**
 * The WireGuard keys that the user gave, indexed by what a capture shows: public keys, mac1, receiver indices.
 *
 * Everything is bounded, because secrets in a capture file are as untrusted as its packets.
 *
 * @module
 */
import { toHex } from '../../core/bytes.ts';
import type { Primitives } from '../../core/primitives.ts';
import { clampPrivateKey, sameKey } from '../../tunnel/keys.ts';
import { type PublicIdentity, publicIdentity } from '../../tunnel/wireguard/handshake/identity.ts';
import { type Initiation, MAC_BYTES } from '../../wire/wireguard.ts';

/** Limit of static keys. The mac1 of every initiation is checked with each of them, which takes 3 µs each. */
export const MAX_STATIC_KEYS = 1024;
/** Limit of ephemeral keys. Each end of a tunnel makes one every two minutes. */
export const MAX_EPHEMERAL_KEYS = 65_536;
/** Limit of preshared keys that belong to no particular peer. All are tried at each response. */
export const MAX_PRESHARED_KEYS = 1024;
/** Limit of receiver indices with transport keys: as many as ephemeral keys, since each handshake has two of both. */
export const MAX_TRANSPORT_KEYS = 65_536;
/** Limit of preshared keys of one ephemeral or static key. */
const MAX_PRESHARED_KEYS_EACH = 16;
/** Limit of transport keys of one receiver index. */
export const MAX_TRANSPORT_KEYS_EACH = 16;
const NONE: readonly never[] = [];

/** One end of a tunnel. */
export interface StaticKey extends PublicIdentity {
  /** `null` if only the public key is known. */
  privateKey: Uint8Array | null;
  /** From a comment in a configuration; `null` if it has no name. */
  name: string | null;
  /** Preshared keys that a configuration has for this peer. */
  readonly presharedKeys: Uint8Array[];
}

/** The ephemeral key of one end in one handshake. */
export interface EphemeralKey {
  /** Clamped (RFC 7748 §5). */
  readonly privateKey: Uint8Array;
  /** Preshared keys that follow it in a key log, in that order. */
  readonly presharedKeys: Uint8Array[];
}

/** A bounded collection of keys. Keys are only added, never removed. */
export class KeyRing {
  readonly #p: Primitives;
  readonly #statics = new Map<string, StaticKey>();
  readonly #ephemerals = new Map<string, EphemeralKey>();
  /** By private key. A key log repeats the static key with each handshake, and deriving a public key takes 40 µs. */
  readonly #staticPrivates = new Map<string, StaticKey>();
  readonly #ephemeralPrivates = new Map<string, EphemeralKey>();
  readonly #transport = new Map<number, Uint8Array[]>();
  readonly #preshared: Uint8Array[] = [];
  #version = 0;

  constructor(p: Primitives) {
    this.#p = p;
  }

  /** Incremented with every new key: a message that could not be decrypted is worth another attempt. */
  get version(): number {
    return this.#version;
  }

  /** Preshared keys that belong to no particular peer. They are tried last. */
  get presharedKeys(): readonly Uint8Array[] {
    return this.#preshared;
  }

  /** Adds a static private key, and its public key. @returns `null` if there are too many already */
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

  /** Adds the static public key of a peer. @returns `null` if there are too many already */
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

  /** Adds an ephemeral private key. @returns `null` if there are too many already */
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

  /**
   * Adds a preshared key.
   *
   * @param of - the key that it belongs to; `null` if that is not known
   * @returns false if there are too many already
   */
  addPreshared(presharedKey: Uint8Array, of: EphemeralKey | StaticKey | null): boolean {
    const list = of === null ? this.#preshared : of.presharedKeys;
    if (list.some((known) => sameKey(known, presharedKey))) return true;
    if (list.length >= (of === null ? MAX_PRESHARED_KEYS : MAX_PRESHARED_KEYS_EACH)) return false;
    list.push(presharedKey.slice());
    this.#version++;
    return true;
  }

  /**
   * Adds the key of one direction of a session.
   *
   * @param receiverIndex - of the data messages that it decrypts
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

  /** The static key of a peer; `null` if it is not known. */
  staticOf(publicKey: Uint8Array): StaticKey | null {
    return this.#statics.get(toHex(publicKey)) ?? null;
  }

  /** The ephemeral key with this public key; `null` if it is not known. */
  ephemeralOf(publicKey: Uint8Array): EphemeralKey | null {
    return this.#ephemerals.get(toHex(publicKey)) ?? null;
  }

  /** The transport keys that were given for a receiver index. */
  transportOf(receiverIndex: number): readonly Uint8Array[] {
    return this.#transport.get(receiverIndex) ?? NONE;
  }

  /**
   * The responder that an initiation is addressed to: mac1 is computed with its public key (whitepaper §5.4.4). `null`
   * if it is none of the known static keys.
   */
  receiverOf({ bytes }: Initiation): StaticKey | null {
    const at = bytes.length - 2 * MAC_BYTES;
    const covered = bytes.subarray(0, at);
    const mac1 = bytes.subarray(at, at + MAC_BYTES);
    for (const entry of this.#statics.values()) if (sameKey(this.#p.mac(entry.mac1Key, covered), mac1)) return entry;
    return null;
  }
}
