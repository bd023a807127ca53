/**
 * Cryptokey routing: which peer an address belongs to, by the longest matching prefix (whitepaper §2).
 *
 * One binary trie a family over all peers. Inserting a prefix that another peer has moves it.
 *
 * @module
 */
import type { Prefix } from '../../core/tunnel-config.ts';

/** A path-compressed node: it stands for the first `bits` bits of `octets`. */
interface Node<P> {
  readonly octets: Uint8Array;
  readonly bits: number;
  peer: P | null;
  zero: Node<P> | null;
  one: Node<P> | null;
}

export class AllowedIps<P> {
  readonly #v4 = new Trie<P>();
  readonly #v6 = new Trie<P>();

  insert(prefix: Prefix, peer: P): void {
    this.#trie(prefix.octets.length).insert(maskPrefix(prefix), peer);
  }

  /** Takes a prefix away from a peer; nothing happens unless it has exactly that one. */
  remove(prefix: Prefix, peer: P): void {
    this.#trie(prefix.octets.length).remove(maskPrefix(prefix), peer);
  }

  removePeer(peer: P): void {
    this.#v4.removePeer(peer);
    this.#v6.removePeer(peer);
  }

  /** The prefixes of a peer, IPv4 first. */
  of(peer: P): Prefix[] {
    return [...this.#v4.of(peer), ...this.#v6.of(peer)];
  }

  /** Looks up the address of `family` whose octets begin at `at`. */
  lookup(family: 4 | 6, bytes: Uint8Array, at: number): P | null {
    return (family === 4 ? this.#v4 : this.#v6).lookup(bytes, at);
  }

  #trie(octets: number): Trie<P> {
    return octets === 4 ? this.#v4 : this.#v6;
  }
}

/** Returns the prefix with its host bits cleared. */
export function maskPrefix({ octets, bits }: Prefix): Prefix {
  const masked = octets.slice();
  for (let i = 0; i < masked.length; i++) {
    const kept = Math.min(8, Math.max(0, bits - 8 * i));
    masked[i] = (masked[i] ?? 0) & (0xff00 >>> kept);
  }
  return { octets: masked, bits };
}

class Trie<P> {
  #root: Node<P> | null = null;

  insert({ octets, bits }: Prefix, peer: P): void {
    this.#root = insert(this.#root, octets, bits, peer);
  }

  remove({ octets, bits }: Prefix, peer: P): void {
    this.#root = prune(
      this.#root,
      (node) => node.peer === peer && node.bits === bits && sharesBits(node, octets, 0, bits),
    );
  }

  removePeer(peer: P): void {
    this.#root = prune(this.#root, (node) => node.peer === peer);
  }

  lookup(bytes: Uint8Array, at: number): P | null {
    let found: P | null = null;
    let node = this.#root;
    while (node !== null && sharesBits(node, bytes, at, node.bits)) {
      if (node.peer !== null) found = node.peer;
      if (node.bits === node.octets.length * 8) break;
      node = bitAt(bytes, at, node.bits) === 0 ? node.zero : node.one;
    }
    return found;
  }

  of(peer: P): Prefix[] {
    const out: Prefix[] = [];
    const pending = this.#root ? [this.#root] : [];
    for (let node = pending.pop(); node; node = pending.pop()) {
      if (node.peer === peer) out.push({ octets: node.octets.slice(), bits: node.bits });
      // The one branch first, so that the zero branch comes out first.
      if (node.one) pending.push(node.one);
      if (node.zero) pending.push(node.zero);
    }
    return out;
  }
}

/** Depth is bounded by the bits of an address, so recursion is too. */
function insert<P>(node: Node<P> | null, octets: Uint8Array, bits: number, peer: P): Node<P> {
  if (node === null) return { octets, bits, peer, zero: null, one: null };
  const common = commonBits(node.octets, octets, Math.min(node.bits, bits));
  if (common === node.bits && common === bits) {
    node.peer = peer;
    return node;
  }
  if (common === node.bits) {
    if (bitAt(octets, 0, common) === 0) node.zero = insert(node.zero, octets, bits, peer);
    else node.one = insert(node.one, octets, bits, peer);
    return node;
  }
  const own = common === bits;
  const parent: Node<P> = {
    octets: maskPrefix({ octets, bits: common }).octets,
    bits: common,
    peer: own ? peer : null,
    zero: null,
    one: null,
  };
  attach(parent, node);
  if (!own) attach(parent, { octets, bits, peer, zero: null, one: null });
  return parent;
}

function attach<P>(parent: Node<P>, child: Node<P>): void {
  if (bitAt(child.octets, 0, parent.bits) === 0) parent.zero = child;
  else parent.one = child;
}

/** Takes the peer off each node that fits, and removes nodes that then stand for nothing. */
function prune<P>(node: Node<P> | null, fits: (node: Node<P>) => boolean): Node<P> | null {
  if (node === null) return null;
  node.zero = prune(node.zero, fits);
  node.one = prune(node.one, fits);
  if (fits(node)) node.peer = null;
  if (node.peer !== null || (node.zero !== null && node.one !== null)) return node;
  return node.zero ?? node.one;
}

function bitAt(bytes: Uint8Array, at: number, bit: number): number {
  return ((bytes[at + (bit >>> 3)] ?? 0) >>> (7 - (bit & 7))) & 1;
}

/** Whether the first `bits` bits of a node are those at `at`. */
function sharesBits<P>(node: Node<P>, bytes: Uint8Array, at: number, bits: number): boolean {
  const own = node.octets;
  const whole = bits >>> 3;
  for (let i = 0; i < whole; i++) if (own[i] !== bytes[at + i]) return false;
  const rest = bits & 7;
  return rest === 0 || (((own[whole] ?? 0) ^ (bytes[at + whole] ?? 0)) & (0xff00 >>> rest) & 0xff) === 0;
}

function commonBits(a: Uint8Array, b: Uint8Array, limit: number): number {
  for (let i = 0; i * 8 < limit; i++) {
    const differing = (a[i] ?? 0) ^ (b[i] ?? 0);
    if (differing !== 0) return Math.min(limit, i * 8 + Math.clz32(differing) - 24);
  }
  return limit;
}
