/**
 * Counts frames, octets, layer stacks, tunnels and errors of a capture.
 *
 * @module
 */

import { LAYER } from './dissect/layer-kind.ts';
import type { DissectError, LayerStack } from './dissect/layer-stack.ts';
import { layerName } from './dissect/layer-table.ts';
import type { ClockJump } from './documents/capture-report.ts';
import type { TunnelsReport } from './documents/capture-tunnels.ts';
import type { CaptureRecord } from './record.ts';
import { addSimilarPacket, type KindCounts, TunnelTotals } from './tunnels/tunnel-totals.ts';

/** Bound of the layer stacks that are counted one by one: a capture of random octets has very many. */
const MAX_STACKS = 4096;
/** Bound of the errors that are counted one by one: a damaged file may have 65,536 different link types. */
const MAX_ERRORS = 1024;

/** How many frames have the same sequence of layers. `bytes` are octets on the wire. */
export interface StackCount {
  /** Names of the layers, outermost first. */
  readonly layers: readonly string[];
  readonly frames: number;
  readonly bytes: number;
}

/** How many frames have the same dissection error in the same layer. */
export interface ErrorCount {
  readonly error: DissectError;
  /** Name of the layer that could not be read. */
  readonly layer: string;
  /** Link type of the frames, if no layer of theirs could be read; else `null`. */
  readonly linkType: number | null;
  readonly frames: number;
  /** Number of the first frame that has the error. */
  readonly firstFrame: number;
}

/** The counts over all frames of a capture. */
export interface CaptureSummary {
  readonly frames: number;
  /** Octets on the wire. */
  readonly bytes: number;
  readonly capturedBytes: number;
  /** Frames that were captured with fewer octets than they had on the wire. */
  readonly cutFrames: number;
  /** Earliest and latest time of a frame, in seconds since 1970; `null` if no frame has a time. */
  readonly startS: number | null;
  readonly endS: number | null;
  /** Places where the time jumps: the listed ones, and the number of those beyond the list. */
  readonly clockJumps: readonly ClockJump[];
  readonly clockJumpsNotListed: number;
  readonly stacks: readonly StackCount[];
  /** Frames whose stack is beyond the bound of stacks. */
  readonly otherFrames: number;
  readonly tunnels: TunnelsReport;
  readonly errors: readonly ErrorCount[];
}

/** A layer stack, as a node in a tree: the path from the root to it is the stack. */
interface Node {
  readonly kind: number;
  readonly parent: Node | null;
  readonly children: (Node | undefined)[];
  frames: number;
  bytes: number;
}

/** The counters of all packets with the same layers. Opaque to callers: made by `entryOf`, passed to `addSimilar`. */
export interface SummaryEntry {
  readonly stack: Node;
  readonly tunnel: KindCounts;
}

/** Where the WireGuard flow cache gets the summary counters of a flow's packets. */
export interface SummaryEntries {
  /** The counters of packets with this stack; `null` if such packets have to be added one by one. */
  entryOf(stack: LayerStack): SummaryEntry | null;
}

/** Counts packets for the summary. All tables are bounded. */
export class SummaryCounter implements SummaryEntries {
  readonly #root = createNode(LAYER.none, null);
  readonly #nodes: Node[] = [];
  readonly #tunnels = new TunnelTotals();
  readonly #errors = new Map<string, { -readonly [field in keyof ErrorCount]: ErrorCount[field] }>();
  #frames = 0;
  #bytes = 0;
  #capturedBytes = 0;
  #cutFrames = 0;
  #otherFrames = 0;
  /** NaN before the first time: V8 does not allocate anew for a field that always holds a double. */
  #startS = Number.NaN;
  #endS = Number.NaN;

  /** Counts a packet. Allocates only for stacks, tunnels and errors that are new. */
  add(record: CaptureRecord, stack: LayerStack): void {
    this.#addFrame(record);
    const node = this.#nodeOf(stack);
    if (node === null) this.#otherFrames++;
    else countIn(node, record);
    this.#tunnels.add(record.frame, stack);
    if (stack.error !== null) this.#addError(record, stack, stack.error);
  }

  /** The counters of packets like the one just added; `null` if such packets have to be added one by one. */
  entryOf(stack: LayerStack): SummaryEntry | null {
    const node = this.#nodeOf(stack);
    const tunnel = this.#tunnels.countsOf(stack, stack.count - 1);
    return node === null || tunnel === null ? null : { stack: node, tunnel };
  }

  /**
   * Counts another packet with the same layers and without errors.
   *
   * @param outerBytes - octets of the outer IP packet
   * @param innerBytes - octets of the inner IP packet, padding included
   */
  addSimilar({ stack, tunnel }: SummaryEntry, record: CaptureRecord, outerBytes: number, innerBytes: number): void {
    this.#addFrame(record);
    countIn(stack, record);
    addSimilarPacket(tunnel, outerBytes, innerBytes);
  }

  /** Returns the counts so far. @param jumps - clock jumps, which the WireGuard analysis finds */
  result(jumps: readonly ClockJump[] = [], jumpsNotListed = 0): CaptureSummary {
    return {
      clockJumps: jumps,
      clockJumpsNotListed: jumpsNotListed,
      frames: this.#frames,
      bytes: this.#bytes,
      capturedBytes: this.#capturedBytes,
      cutFrames: this.#cutFrames,
      startS: Number.isNaN(this.#startS) ? null : this.#startS,
      endS: Number.isNaN(this.#endS) ? null : this.#endS,
      stacks: this.#nodes
        .filter(({ frames }) => frames > 0)
        .sort((a, b) => b.frames - a.frames)
        .map((node) => ({ layers: namesOf(node), frames: node.frames, bytes: node.bytes })),
      otherFrames: this.#otherFrames,
      tunnels: this.#tunnels.report(),
      errors: [...this.#errors.values()].sort((a, b) => b.frames - a.frames),
    };
  }

  #addFrame(record: CaptureRecord): void {
    this.#frames++;
    this.#bytes += record.originalBytes;
    this.#capturedBytes += record.capturedBytes;
    if (record.capturedBytes < record.originalBytes) this.#cutFrames++;
    if (record.seconds === null) return;
    const time = record.seconds + record.nanoseconds / 1e9;
    if (!(time >= this.#startS)) this.#startS = time;
    if (!(time <= this.#endS)) this.#endS = time;
  }

  /** Returns `null` for a packet without layers, and for a new stack when the table is full. */
  #nodeOf(stack: LayerStack): Node | null {
    let node = this.#root;
    for (let i = 0; i < stack.count; i++) {
      const kind = stack.kinds[i] ?? LAYER.none;
      let child = node.children[kind];
      if (child === undefined) {
        if (this.#nodes.length >= MAX_STACKS) return null;
        child = createNode(kind, node);
        node.children[kind] = child;
        this.#nodes.push(child);
      }
      node = child;
    }
    return node === this.#root ? null : node;
  }

  #addError(record: CaptureRecord, stack: LayerStack, error: DissectError): void {
    const layer = layerName(stack.errorKind);
    const linkType = stack.errorKind === LAYER.none ? record.linkType : null;
    const key = `${error} ${layer} ${linkType}`;
    const known = this.#errors.get(key);
    if (known !== undefined) known.frames++;
    else if (this.#errors.size < MAX_ERRORS) {
      this.#errors.set(key, { error, layer, linkType, frames: 1, firstFrame: record.frame });
    }
  }
}

function countIn(node: Node, record: CaptureRecord): void {
  node.frames++;
  node.bytes += record.originalBytes;
}

function createNode(kind: number, parent: Node | null): Node {
  return { kind, parent, children: [], frames: 0, bytes: 0 };
}

function namesOf(node: Node): string[] {
  const names: string[] = [];
  for (let at: Node | null = node; at?.parent; at = at.parent) names.unshift(layerName(at.kind));
  return names;
}
