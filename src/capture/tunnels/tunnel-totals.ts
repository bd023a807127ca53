/**
 * Counts the packets of tunnels, by kind and by flow: outer and inner octets, and sequence numbers.
 *
 * Allocates only for new kinds and flows. The number of flows is bounded.
 *
 * @module
 */

import { isIp, LAYER } from '../dissect/layer-kind.ts';
import { ipBefore, kindAt, type LayerStack, payloadWireBytes, wireBytesAt } from '../dissect/layer-stack.ts';
import { byKind } from '../dissect/layer-table.ts';
import { isWireguardKind, TUNNEL_KINDS, type TunnelKind, tunnelAt, tunnelFacts } from '../dissect/tunnel-kind.ts';
import type { TunnelFlowReport, TunnelKindReport, TunnelsReport } from '../documents/capture-tunnels.ts';
import { KEY_WORDS, KeyTable } from '../key-table.ts';
import { NO_FIELD } from '../layers/layer.ts';
import { flowAddress, flowId, flowKeyOf, flowKindOf } from './flow-key.ts';
import { FlowSequence } from './flow-sequence.ts';
import { headerBytesOf } from './header-bytes.ts';
import { innerIpBytes, lastTransport, messagesAt } from './inner-bytes.ts';
import { readTunnelSequence, sequenceBits, tunnelIdText } from './tunnel-id.ts';
import { TunnelSums } from './tunnel-sums.ts';

/** Maximum number of flows that are counted one by one. A capture at a provider's edge has more. */
export const MAX_TUNNEL_FLOWS = 4096;
/** Number of flows in the report. */
const MAX_LISTED = 64;

/** Whether a layer can be a tunnel header, by its kind. */
const MAY_BE_TUNNEL = byKind(({ tunnel }) => tunnel !== null);

/** Counts of one kind of tunnel. */
export interface KindCounts {
  readonly kind: TunnelKind;
  /** Index of the kind in `TUNNEL_KINDS`. */
  readonly index: number;
  /** Whether flows of this kind are counted too. */
  readonly hasFlows: boolean;
  readonly sums: TunnelSums;
  /** Number of packets with an IP packet inside, and the sum of their overhead in octets. */
  innerIpPackets: number;
  overheadBytes: number;
  /** Whether outer IPv4 and IPv6 headers occurred. */
  v4: boolean;
  v6: boolean;
}

interface Flow {
  readonly firstFrame: number;
  readonly sums: TunnelSums;
  sequence: FlowSequence | null;
}

/** Counts of all tunnels of a capture. */
export class TunnelTotals {
  readonly #kinds = new Map<TunnelKind, KindCounts>();
  readonly #keys = new KeyTable(MAX_TUNNEL_FLOWS);
  readonly #flows: Flow[] = [];
  readonly #key = new Int32Array(KEY_WORDS);
  #notFollowed = 0;

  /** Counts a packet. */
  add(frame: number, stack: LayerStack): void {
    // A fragmented packet is counted when it is reassembled. A packet quoted in an ICMP error was counted when it was
    // sent.
    if (stack.fragment === 'first' || stack.fragment === 'later') return;
    const end = stack.quotedFrom < 0 ? stack.count : stack.quotedFrom;
    let hasIp = false;
    for (let i = 0; i < end; i++) {
      const layer = stack.kinds[i] ?? LAYER.none;
      if (MAY_BE_TUNNEL[layer] !== true) continue;
      if (isIp(layer) && !hasIp) {
        hasIp = true;
        continue;
      }
      const kind = tunnelAt(stack, i);
      // ERSPAN and the GRE header before it are one tunnel.
      if (kind === 'gre' && kindAt(stack, i + 1) === LAYER.erspan) continue;
      if (kind !== null) this.#addTunnel(kind, frame, stack, i, end);
    }
  }

  /**
   * The counters for packets like this one, if they are counted by kind only; `null` if the kind of tunnel at the layer
   * has flows.
   */
  countsOf(stack: LayerStack, index: number): KindCounts | null {
    const kind = tunnelAt(stack, index);
    const counts = kind === null ? undefined : this.#kinds.get(kind);
    return counts === undefined || counts.hasFlows ? null : counts;
  }

  /** The report by kind, most octets first. */
  kinds(): TunnelKindReport[] {
    return [...this.#kinds.values()].sort((a, b) => b.sums.outer - a.sums.outer).map(kindReport);
  }

  /** The report by kind and by flow. */
  report(): TunnelsReport {
    const order = this.#flows.map((_, flow) => flow).sort((a, b) => this.#outerOf(b) - this.#outerOf(a));
    const listed = order.slice(0, MAX_LISTED);
    return {
      kinds: this.kinds(),
      flows: listed.flatMap((flow) => this.#flowReport(flow)),
      flows_not_listed: order.length - listed.length,
      packets_not_followed: this.#notFollowed,
    };
  }

  #addTunnel(kind: TunnelKind, frame: number, stack: LayerStack, index: number, end: number): void {
    const counts = this.#kinds.get(kind) ?? this.#newKind(kind);
    const ip = ipBefore(stack, index);
    const captured = wireBytesAt(stack, ip < 0 ? 0 : ip);
    const inner = innerIpBytes(stack, index, end);
    const packets = messagesAt(stack, index);
    // Each message of a train has headers of its own on the wire.
    const outer = captured + (packets - 1) * (captured - wireBytesAt(stack, index));
    const transport = lastTransport(stack, end);
    const payload = transport > index ? payloadWireBytes(stack, transport) : 0;
    counts.sums.add(outer, inner, payload, packets);
    if (inner > 0) {
      counts.innerIpPackets += packets;
      counts.overheadBytes += (ip < 0 ? wireBytesAt(stack, index) : outer) - inner;
    }
    if (kindAt(stack, ip) === LAYER.ipv4) counts.v4 = true;
    else if (ip >= 0) counts.v6 = true;
    if (!counts.hasFlows) return;
    const flow = this.#flowOf(counts.index, frame, stack, index, ip);
    if (flow === null) return;
    flow.sums.add(outer, inner, payload, packets);
    const sequence = readTunnelSequence(stack, index);
    if (sequence === NO_FIELD) return;
    flow.sequence ??= new FlowSequence(sequenceBits(stack, index));
    flow.sequence.observe(sequence);
  }

  #newKind(kind: TunnelKind): KindCounts {
    const counts: KindCounts = {
      kind,
      index: TUNNEL_KINDS.indexOf(kind),
      hasFlows: tunnelFacts(kind).hasFlows,
      sums: new TunnelSums(),
      innerIpPackets: 0,
      overheadBytes: 0,
      v4: false,
      v6: false,
    };
    this.#kinds.set(kind, counts);
    return counts;
  }

  #flowOf(kindIndex: number, frame: number, stack: LayerStack, index: number, ip: number): Flow | null {
    const words = flowKeyOf(stack, index, ip, kindIndex, this.#key);
    const number = this.#keys.findOrAdd(this.#key, words);
    if (number < 0) {
      this.#notFollowed++;
      return null;
    }
    let flow = this.#flows[number];
    if (flow === undefined) {
      flow = { firstFrame: frame, sums: new TunnelSums(), sequence: null };
      this.#flows[number] = flow;
    }
    return flow;
  }

  #outerOf(flow: number): number {
    return this.#flows[flow]?.sums.outer ?? 0;
  }

  #flowReport(number: number): TunnelFlowReport[] {
    const flow = this.#flows[number];
    const kind = TUNNEL_KINDS[flowKindOf(this.#keys, number)];
    if (flow === undefined || kind === undefined) return [];
    return [
      {
        kind,
        id: tunnelIdText(kind, flowId(this.#keys, number)),
        from: flowAddress(this.#keys, number, 'source'),
        to: flowAddress(this.#keys, number, 'destination'),
        ...flow.sums.shares(),
        first_frame: flow.firstFrame,
        sequence: flow.sequence?.result() ?? null,
      },
    ];
  }
}

/**
 * Counts a packet like one that was counted by `TunnelTotals.add`.
 *
 * @param outer - octets of the outer IP packet
 * @param inner - octets of the inner IP packet
 */
export function addSimilarPacket(counts: KindCounts, outer: number, inner: number): void {
  counts.sums.add(outer, inner, 0, 1);
  counts.innerIpPackets++;
  counts.overheadBytes += outer - inner;
}

function kindReport(counts: KindCounts): TunnelKindReport {
  const { kind, innerIpPackets, overheadBytes, v4, v6 } = counts;
  const shares = counts.sums.shares();
  // The payload inside WireGuard is encrypted.
  const isEncrypted = isWireguardKind(kind);
  return {
    kind,
    ...shares,
    payload_bytes: isEncrypted ? null : shares.payload_bytes,
    goodput_ratio: isEncrypted ? null : shares.goodput_ratio,
    overhead_bytes: innerIpPackets === 0 ? null : overheadBytes / innerIpPackets,
    header_bytes: headerBytesOf(kind, { v4, v6 }),
  };
}
