/**
 * Two ends that talk through a tunnel. Peers whose messages turn out to be of one session, because an end
 * has roamed, are joined.
 *
 * @module
 */
import type { WireguardKind } from '../../core/capture-report.ts';
import type { Path } from './path.ts';
import type { Session } from './session.ts';

export interface Roam {
  readonly frame: number;
  readonly atNs: number;
  readonly before: Path;
  readonly after: Path;
  /** Whether the sender of the message has moved, or its receiver. */
  readonly isSender: boolean;
  readonly receiver: number;
  readonly counter: number;
}

export interface IcmpNote {
  readonly frame: number;
  readonly atNs: number;
  readonly from: string;
  readonly error: string;
  readonly nextHopMtu: number | null;
  /** Of the quoted packet. */
  readonly path: Path;
}

const MAX_ROAMS = 64;
const MAX_ICMP = 64;

export class Peer {
  readonly kind: WireguardKind;
  readonly paths: Path[] = [];
  readonly sessions: Session[] = [];
  readonly roaming: Roam[] = [];
  roams = 0;
  readonly icmp: IcmpNote[] = [];
  icmpErrors = 0;
  isSecondView = false;
  #parent: Peer | null = null;
  /** Whether end A of this one is end B of its parent. */
  #isTurned = false;

  constructor(kind: WireguardKind) {
    this.kind = kind;
  }

  /** The peer that this one has become part of, or itself. */
  get root(): Peer {
    let peer: Peer = this;
    while (peer.#parent !== null) peer = peer.#parent;
    return peer;
  }

  /** Whether end A of this one is end B of its root. */
  get isTurned(): boolean {
    let turned = false;
    for (let peer: Peer | null = this; peer !== null; peer = peer.#parent) turned = turned !== peer.#isTurned;
    return turned;
  }

  /** Makes `other` a part of this peer. @param isTurned - whether side 0 of one is side 1 of the other */
  join(other: Peer, isTurned: boolean): void {
    const root = this.root;
    const child = other.root;
    if (root === child) return;
    child.#isTurned = (isTurned !== this.isTurned) !== other.isTurned;
    child.#parent = root;
  }

  addRoam(roam: Roam): void {
    this.roams++;
    if (this.roaming.length < MAX_ROAMS) this.roaming.push(roam);
  }

  addIcmp(note: IcmpNote): void {
    this.icmpErrors++;
    if (this.icmp.length < MAX_ICMP) this.icmp.push(note);
  }
}

/** The side of a path as its peer's root counts. */
export function sideOf(path: Path): 0 | 1 {
  return path.peer.isTurned ? (path.side === 0 ? 1 : 0) : path.side;
}
