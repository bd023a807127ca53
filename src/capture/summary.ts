/**
 * What a capture has, in numbers: frames, time, stacks of layers, tunnels, errors.
 *
 * @module
 */
import type { TunnelsReport } from '../core/capture-tunnels.ts';
import { LAYER, layerName } from './layer-kind.ts';
import type { DissectError, LayerStack } from './layer-stack.ts';
import type { CaptureRecord } from './record.ts';
import { TunnelTotals } from './tunnels/tunnel-totals.ts';

/** Different stacks that are told apart. A capture of noise has many. */
const MAX_STACKS = 4096;

export interface StackCount {
  /** Names of the layers, outermost first. */
  readonly layers: readonly string[];
  readonly frames: number;
  readonly bytes: number;
}

export interface TunnelCount {
  /** A `TunnelKind`. */
  readonly kind: string;
  /** Frames, packets that came in pieces counted once. */
  readonly packets: number;
  /** Octets of the outer IP packets; of the frame where the tunnel lies below IP. */
  readonly outerBytes: number;
  /**
   * Octets of the inner IP packets; `null` where encryption hides them. Of WireGuard it is the most
   * there can be: a packet is padded by up to 15 octets.
   */
  readonly innerBytes: number | null;
}

export interface ErrorCount {
  readonly error: DissectError;
  /** The layer that could not be read. */
  readonly layer: string;
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
  readonly stacks: readonly StackCount[];
  /** Frames of stacks beyond those that are told apart. */
  readonly otherFrames: number;
  readonly tunnels: readonly TunnelCount[];
  /** The same in more detail. */
  readonly tunnelReport: TunnelsReport;
  readonly errors: readonly ErrorCount[];
}

interface Node {
  readonly kind: number;
  readonly parent: Node | null;
  readonly children: (Node | undefined)[];
  frames: number;
  bytes: number;
}

export class SummaryCounter {
  readonly #root = createNode(LAYER.none, null);
  readonly #nodes: Node[] = [];
  readonly #tunnels = new TunnelTotals();
  readonly #errors = new Map<string, { error: DissectError; layer: string; frames: number; firstFrame: number }>();
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
    this.#frames++;
    this.#bytes += record.originalBytes;
    this.#capturedBytes += record.capturedBytes;
    if (record.capturedBytes < record.originalBytes) this.#cutFrames++;
    if (record.seconds !== null) {
      const time = record.seconds + record.nanoseconds / 1e9;
      if (!(time >= this.#startS)) this.#startS = time;
      if (!(time <= this.#endS)) this.#endS = time;
    }
    this.#addStack(record, stack);
    this.#tunnels.add(record.frame, stack);
    if (stack.error !== null) this.#addError(record, stack, stack.error);
  }

  result(): CaptureSummary {
    const tunnelReport = this.#tunnels.report();
    return {
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
      tunnels: tunnelReport.kinds.map(({ kind, packets, outer_bytes, inner_bytes }) => ({
        kind,
        packets,
        outerBytes: outer_bytes,
        innerBytes: inner_bytes,
      })),
      tunnelReport,
      errors: [...this.#errors.values()].sort((a, b) => b.frames - a.frames),
    };
  }

  #addStack(record: CaptureRecord, stack: LayerStack): void {
    let node = this.#root;
    for (let i = 0; i < stack.count; i++) {
      const kind = stack.kinds[i] ?? LAYER.none;
      let child = node.children[kind];
      if (child === undefined) {
        if (this.#nodes.length >= MAX_STACKS) {
          this.#otherFrames++;
          return;
        }
        child = createNode(kind, node);
        node.children[kind] = child;
        this.#nodes.push(child);
      }
      node = child;
    }
    if (node === this.#root) this.#otherFrames++;
    node.frames++;
    node.bytes += record.originalBytes;
  }

  #addError(record: CaptureRecord, stack: LayerStack, error: DissectError): void {
    const layer = layerName(stack.errorKind);
    const key = `${error} ${layer}`;
    const known = this.#errors.get(key);
    if (known === undefined) this.#errors.set(key, { error, layer, frames: 1, firstFrame: record.frame });
    else known.frames++;
  }
}

function createNode(kind: number, parent: Node | null): Node {
  return { kind, parent, children: [], frames: 0, bytes: 0 };
}

function namesOf(node: Node): string[] {
  const names: string[] = [];
  for (let at: Node | null = node; at?.parent; at = at.parent) names.unshift(layerName(at.kind));
  return names;
}
