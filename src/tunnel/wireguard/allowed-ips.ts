/**
 * Cryptokey routing: finds the peer of an address by the longest matching prefix (whitepaper §2).
 *
 * There is one binary trie per family for all peers. Inserting a prefix of another peer moves it.
 *
 * @module
 */
import type { Prefix } from '../../core/shapes/tunnel-config.ts';
import { comparePrefixes } from '../prefix.ts';

/** A path-compressed node: it represents the first `bits` bits of `octets`. */
interface Node<P> {
  readonly octets: Uint8Array;
  readonly bits: number;
  peer: P | null;
  zero: Node<P> | null;
  one: Node<P> | null;
}

/** Table of prefixes and the peers that own them. */
export class AllowedIps<P> {
  readonly #v4 = new Trie<P>();
  readonly #v6 = new Trie<P>();

  /** Gives a prefix to a peer; host bits are ignored. */
  insert(prefix: Prefix, peer: P): void {
    this.#trie(prefix.octets.length).insert(maskPrefix(prefix), peer);
  }

  /** Removes a prefix from a peer; has no effect unless the peer has exactly this prefix. */
  remove(prefix: Prefix, peer: P): void {
    this.#trie(prefix.octets.length).remove(maskPrefix(prefix), peer);
  }

  /** Removes all prefixes of a peer. */
  removePeer(peer: P): void {
    this.#v4.removePeer(peer);
    this.#v6.removePeer(peer);
  }

  /** The prefixes of a peer, sorted, IPv4 first. */
  of(peer: P): Prefix[] {
    return [...this.#v4.of(peer), ...this.#v6.of(peer)];
  }

  /** Returns the peer of the address that begins at `at`; `null` if there is none. */
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
  /** Nodes of each peer, so that operations on one peer need not visit all prefixes: there may be many thousands. */
  readonly #owned = new Map<P, Set<Node<P>>>();

  insert({ octets, bits }: Prefix, peer: P): void {
    this.#root = this.#insert(this.#root, octets, bits, peer);
  }

  remove({ octets, bits }: Prefix, peer: P): void {
    this.#root = this.#remove(this.#root, octets, bits, peer);
  }

  removePeer(peer: P): void {
    for (const node of [...(this.#owned.get(peer) ?? [])]) this.remove(node, peer);
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
    const owned = [...(this.#owned.get(peer) ?? [])].sort(comparePrefixes);
    return owned.map(({ octets, bits }) => ({ octets: octets.slice(), bits }));
  }

  /** The depth of recursion is bounded by the bits of an address. */
  #insert(node: Node<P> | null, octets: Uint8Array, bits: number, peer: P): Node<P> {
    if (node === null) return this.#give(leaf(octets, bits), peer);
    const common = commonBits(node.octets, octets, Math.min(node.bits, bits));
    if (common === node.bits && common === bits) return this.#give(node, peer);
    if (common === node.bits) {
      if (bitAt(octets, 0, common) === 0) node.zero = this.#insert(node.zero, octets, bits, peer);
      else node.one = this.#insert(node.one, octets, bits, peer);
      return node;
    }
    const parent = leaf<P>(maskPrefix({ octets, bits: common }).octets, common);
    attach(parent, node);
    if (common === bits) return this.#give(parent, peer);
    attach(parent, this.#give(leaf(octets, bits), peer));
    return parent;
  }

  /** Clears the node of the prefix and removes nodes that are no longer needed. */
  #remove(node: Node<P> | null, octets: Uint8Array, bits: number, peer: P): Node<P> | null {
    if (node === null || node.bits > bits || !sharesBits(node, octets, 0, node.bits)) return node;
    if (node.bits === bits) {
      if (node.peer === peer) this.#give(node, null);
    } else if (bitAt(octets, 0, node.bits) === 0) node.zero = this.#remove(node.zero, octets, bits, peer);
    else node.one = this.#remove(node.one, octets, bits, peer);
    if (node.peer !== null || (node.zero !== null && node.one !== null)) return node;
    return node.zero ?? node.one;
  }

  /** Sets or clears the owner of a node. */
  #give(node: Node<P>, peer: P | null): Node<P> {
    if (node.peer !== null) {
      const before = this.#owned.get(node.peer);
      before?.delete(node);
      if (before?.size === 0) this.#owned.delete(node.peer);
    }
    node.peer = peer;
    if (peer === null) return node;
    const owned = this.#owned.get(peer);
    if (owned) owned.add(node);
    else this.#owned.set(peer, new Set([node]));
    return node;
  }
}

function leaf<P>(octets: Uint8Array, bits: number): Node<P> {
  return { octets, bits, peer: null, zero: null, one: null };
}

function attach<P>(parent: Node<P>, child: Node<P>): void {
  if (bitAt(child.octets, 0, parent.bits) === 0) parent.zero = child;
  else parent.one = child;
}

function bitAt(bytes: Uint8Array, at: number, bit: number): number {
  return ((bytes[at + (bit >>> 3)] ?? 0) >>> (7 - (bit & 7))) & 1;
}

/** Whether the first `bits` bits of a node equal those at `at`. */
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
