/**
 * Primitives that remember every secret that they were given or gave, so that a test can look at it afterwards.
 */
import type { Primitives } from '../../src/core/primitives.ts';

export class WatchedSecrets {
  readonly primitives: Primitives;
  #seen: (readonly [what: string, secret: Uint8Array])[] = [];

  constructor(p: Primitives) {
    const note = <T extends Uint8Array | null>(what: string, secret: T): T => {
      if (secret) this.#seen.push([what, secret]);
      return secret;
    };
    this.primitives = {
      ...p,
      aead: { name: p.aead.name, key: (key) => p.aead.key(note('key', key)) },
      dh: (own, other) => note('shared secret', p.dh(own, other)),
      publicKey: (own) => p.publicKey(note('private key', own)),
      hmac: (key, ...parts) => note('derived secret', p.hmac(key, ...parts)),
    };
  }

  /** Forgets what was seen so far. */
  clear(): void {
    this.#seen = [];
  }

  get count(): number {
    return this.#seen.length;
  }

  /** What is not all zero of it. */
  get left(): readonly string[] {
    return this.#seen.filter(([, secret]) => secret.some((octet) => octet !== 0)).map(([what]) => what);
  }
}
