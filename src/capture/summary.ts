/**
 * What a capture has, in numbers: frames, time, stacks of layers, tunnels, errors.
 *
 * @module
 */

import { LAYER } from './dissect/layer-kind.ts';
import type { DissectError, LayerStack } from './dissect/layer-stack.ts';
import { layerName } from './dissect/layer-table.ts';
import type { ClockJump } from './documents/capture-report.ts';
import type { TunnelsReport } from './documents/capture-tunnels.ts';
import type { CaptureRecord } from './record.ts';
import { addPacket, type KindCounts, TunnelTotals } from './tunnels/tunnel-totals.ts';

/** Different stacks that are told apart. A capture of noise has many. */
const MAX_STACKS = 4096;
/** Different errors that are told apart: link types are 16 bits, and a file may lie about them. */
const MAX_ERRORS = 1024;

export interface StackCount {
  /** Names of the layers, outermost first. */
  readonly layers: readonly string[];
  readonly frames: number;
  readonly bytes: number;
}

export interface ErrorCount {
  readonly error: DissectError;
  /** The layer that could not be read. */
  readonly layer: string;
  /** Of the packets, where no layer of theirs can be read; else `null`. */
  readonly linkType: number | null;
  readonly frames: number;
  /** The first frame that has it. */
  readonly firstFrame: number;
}

export interface CaptureSummary {
  readonly frames: number;
  /** On the wire. */
  readonly bytes: number;
  readonly capturedBytes: number;
  /** Frames of which octets are missing. */
  readonly cutFrames: number;
  /** Earliest and latest time, seconds since 1970; `null` without times. */
  readonly startS: number | null;
  readonly endS: number | null;
  /** Where the time makes a leap; some of them, and how many more there are. */
  readonly clockJumps: readonly ClockJump[];
  readonly clockJumpsNotListed: number;
  readonly stacks: readonly StackCount[];
  /** Frames of stacks beyond those that are told apart. */
  readonly otherFrames: number;
  readonly tunnels: TunnelsReport;
  readonly errors: readonly ErrorCount[];
}

interface Node {
  readonly kind: number;
  readonly parent: Node | null;
  readonly children: (Node | undefined)[];
  frames: number;
  bytes: number;
}

/** Where packets with the same layers are counted. */
export interface SummaryPlace {
  readonly stack: Node;
  readonly tunnel: KindCounts;
}

/** Where a stack's packets are counted; `null`: they must be added one by one. */
export interface SummaryPlaces {
  placeOf(stack: LayerStack): SummaryPlace | null;
}

export class SummaryCounter implements SummaryPlaces {
  readonly #root = createNode(LAYER.none, null);
  readonly #nodes: Node[] = [];
  readonly #tunnels = new TunnelTotals();
  readonly #errors = new Map<string, { -readonly [field in keyof ErrorCount]: ErrorCount[field] }>();
  #frames = 0;
  #bytes = 0;
  #capturedBytes = 0;
  #cutFrames = 0;
  #otherFrames = 0;
  /** NaN before the first time: a field that is always a fraction is not allocated anew with each packet. */
  #startS = Number.NaN;
  #endS = Number.NaN;

  /** Counts a packet. Allocates only for what was not seen before. */
  add(record: CaptureRecord, stack: LayerStack): void {
    this.#addFrame(record);
    const node = this.#nodeOf(stack);
    if (node === null) this.#otherFrames++;
    else countIn(node, record);
    this.#tunnels.add(record.frame, stack);
    if (stack.error !== null) this.#addError(record, stack, stack.error);
  }

  /** Where packets like one that was just added are counted; `null`: they must be added one by one. */
  placeOf(stack: LayerStack): SummaryPlace | null {
    const node = this.#nodeOf(stack);
    const tunnel = this.#tunnels.countsOf(stack, stack.count - 1);
    return node === null || tunnel === null ? null : { stack: node, tunnel };
  }

  /**
   * Counts another packet with the same layers, without errors.
   *
   * @param outerBytes - octets of the outer IP packet. @param innerBytes - octets inside
   */
  addAlike({ stack, tunnel }: SummaryPlace, record: CaptureRecord, outerBytes: number, innerBytes: number): void {
    this.#addFrame(record);
    countIn(stack, record);
    addPacket(tunnel, outerBytes, innerBytes);
  }

  /** @param jumps - of the time, which somebody else watches */
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

  /** `null` for a packet without layers, and where there is no room for new ones. */
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
