/**
 * Walks a packet from the link layer in, and notes each layer.
 *
 * @module
 */
import { LAYER, type LayerKind } from './layer-kind.ts';
import { createLayerStack, ipBefore, type LayerStack } from './layer-stack.ts';
import { stepArp } from './layers/arp.ts';
import { stepAyiya } from './layers/ayiya.ts';
import { stepCapwap } from './layers/capwap.ts';
import { Cursor, type Step } from './layers/cursor.ts';
import { stepDisco } from './layers/disco.ts';
import { stepDtls } from './layers/dtls.ts';
import { stepEthernet, stepLlc, stepVlan } from './layers/ethernet.ts';
import { stepGeneve } from './layers/geneve.ts';
import { stepCiscoMetadata, stepErspan, stepEtherip, stepGre } from './layers/gre.ts';
import { stepGtpc, stepGtpu } from './layers/gtp.ts';
import { stepFou, stepGue } from './layers/gue.ts';
import { stepIcmpv4, stepIcmpv6, stepIgmp } from './layers/icmp.ts';
import { stepIke } from './layers/ike.ts';
import { layerOfProtocol } from './layers/ip-protocol.ts';
import { stepAh, stepEsp, stepIpcomp, stepUdpEncap } from './layers/ipsec.ts';
import { stepIpv4 } from './layers/ipv4.ts';
import { stepDestinationOptions, stepFragment, stepHopByHop, stepIpv6, stepRouting } from './layers/ipv6.ts';
import { stepL2tp } from './layers/l2tp.ts';
import { layerOfLinkType, stepLoopback, stepSll, stepSll2, stepTailscaleCapture } from './layers/link.ts';
import { stepControlWord, stepMpls } from './layers/mpls.ts';
import { stepOpenvpn } from './layers/openvpn.ts';
import { stepPpp, stepPppoe } from './layers/ppp.ts';
import { stepPptp } from './layers/pptp.ts';
import { stepQuic } from './layers/quic.ts';
import { stepSocks } from './layers/socks.ts';
import { stepTcp } from './layers/tcp.ts';
import { stepTeredo } from './layers/teredo.ts';
import { stepUdp } from './layers/udp.ts';
import { stepNsh, stepVxlan, stepVxlanGpe } from './layers/vxlan.ts';
import { stepWeave } from './layers/weave.ts';
import { stepAmneziaJunk, stepWarp, stepWireguard } from './layers/wireguard-step.ts';
import { Reassembler } from './reassembler.ts';
import { Recogniser } from './recognise/recogniser.ts';
import type { CaptureRecord } from './record.ts';

const NO_STEP: Step = () => LAYER.none;

const STEPS: Record<LayerKind, Step> = {
  [LAYER.none]: NO_STEP,
  [LAYER.ethernet]: stepEthernet,
  [LAYER.vlan]: stepVlan,
  [LAYER.llc]: stepLlc,
  [LAYER.sll]: stepSll,
  [LAYER.sll2]: stepSll2,
  [LAYER.loopback]: stepLoopback,
  [LAYER.ppp]: stepPpp,
  [LAYER.pppoe]: stepPppoe,
  [LAYER.mpls]: stepMpls,
  [LAYER.controlWord]: stepControlWord,
  [LAYER.arp]: stepArp,
  [LAYER.ipv4]: stepIpv4,
  [LAYER.ipv6]: stepIpv6,
  [LAYER.hopByHop]: stepHopByHop,
  [LAYER.routing]: stepRouting,
  [LAYER.fragment]: stepFragment,
  [LAYER.destinationOptions]: stepDestinationOptions,
  [LAYER.icmpv4]: stepIcmpv4,
  [LAYER.icmpv6]: stepIcmpv6,
  [LAYER.igmp]: stepIgmp,
  [LAYER.udp]: stepUdp,
  [LAYER.tcp]: stepTcp,
  [LAYER.gre]: stepGre,
  [LAYER.erspan]: stepErspan,
  [LAYER.vxlan]: stepVxlan,
  [LAYER.vxlanGpe]: stepVxlanGpe,
  [LAYER.nsh]: stepNsh,
  [LAYER.geneve]: stepGeneve,
  [LAYER.wireguard]: stepWireguard,
  [LAYER.warp]: stepWarp,
  [LAYER.disco]: stepDisco,
  [LAYER.udpEncap]: stepUdpEncap,
  [LAYER.esp]: stepEsp,
  [LAYER.ah]: stepAh,
  [LAYER.ipcomp]: stepIpcomp,
  [LAYER.ike]: stepIke,
  [LAYER.openvpn]: stepOpenvpn,
  [LAYER.gtpu]: stepGtpu,
  [LAYER.gtpc]: stepGtpc,
  [LAYER.l2tp]: stepL2tp,
  [LAYER.pptp]: stepPptp,
  [LAYER.teredo]: stepTeredo,
  [LAYER.ayiya]: stepAyiya,
  [LAYER.capwap]: stepCapwap,
  [LAYER.dtls]: stepDtls,
  [LAYER.quic]: stepQuic,
  [LAYER.socks]: stepSocks,
  [LAYER.etherip]: stepEtherip,
  [LAYER.ciscoMetadata]: stepCiscoMetadata,
  [LAYER.tailscaleCapture]: stepTailscaleCapture,
  [LAYER.gue]: stepGue,
  [LAYER.fou]: stepFou,
  [LAYER.weave]: stepWeave,
  [LAYER.amneziaJunk]: stepAmneziaJunk,
};
const STEP_OF: readonly Step[] = Array.from({ length: LAYER.amneziaJunk + 1 }, (_, kind) => STEPS[kind as LayerKind]);

/** Packets in packets in packets, each in pieces: more of that is an attack. */
const MAX_REASSEMBLIES = 4;

export interface DissectorOptions {
  /** `null`: what needs the memory of a flow is not recognised. */
  readonly recogniser?: Recogniser | null;
  /** `null`: packets stay in their pieces. */
  readonly reassembler?: Reassembler | null;
}

/**
 * Dissects packet after packet, in the order of the capture: what it knows of flows and of fragments
 * comes from the packets before.
 */
export class Dissector {
  readonly #cursor: Cursor;
  readonly #reassembler: Reassembler | null;

  constructor({ recogniser = new Recogniser(), reassembler = new Reassembler() }: DissectorOptions = {}) {
    this.#reassembler = reassembler;
    this.#cursor = new Cursor(createLayerStack(), recogniser);
  }

  /** Fills the stack with the layers of a packet. Allocates nothing but for what has to be put together. Never throws. */
  dissect(record: CaptureRecord, stack: LayerStack): void {
    const cursor = this.#cursor;
    cursor.begin(stack, record.bytes, record.offset, record.capturedBytes, record.originalBytes);
    const first = layerOfLinkType(record.linkType);
    if (first === LAYER.none) {
      cursor.fail('unsupported');
      return;
    }
    walk(cursor, first);
    if (stack.fragment !== 'none') this.#reassemble(cursor, record);
  }

  #reassemble(cursor: Cursor, record: CaptureRecord): void {
    const { stack } = cursor;
    for (let i = 0; i < MAX_REASSEMBLIES && (stack.fragment === 'first' || stack.fragment === 'later'); i++) {
      const whole = this.#reassembler?.add(record, stack);
      if (whole === undefined || whole === null) return;
      stack.bytes = whole.bytes;
      stack.count = whole.ipLayer + 1;
      stack.fragment = 'reassembled';
      stack.wireBytes[stack.kinds[whole.ipLayer] === LAYER.ipv4 ? whole.ipLayer : ipBefore(stack, whole.ipLayer)] =
        whole.outerBytes;
      cursor.bytes = whole.bytes;
      cursor.at = whole.payloadAt;
      cursor.end = whole.payloadAt + whole.capturedBytes;
      cursor.wireEnd = whole.payloadAt + whole.wireBytes;
      cursor.isFragment = false;
      cursor.hint = whole.protocol;
      walk(cursor, layerOfProtocol(whole.protocol));
    }
  }
}

function walk(cursor: Cursor, first: LayerKind): void {
  let kind = first;
  while (kind !== LAYER.none) {
    if (cursor.isFragment && !isInFirstFragment(kind)) return;
    cursor.kind = kind;
    if (cursor.isFull()) {
      cursor.fail('too-deep');
      return;
    }
    kind = (STEP_OF[kind] ?? NO_STEP)(cursor);
  }
}

/** Layers that are read of a first fragment: what tells its flow, and no more. */
function isInFirstFragment(kind: LayerKind): boolean {
  return (
    kind === LAYER.udp ||
    kind === LAYER.tcp ||
    kind === LAYER.icmpv4 ||
    kind === LAYER.icmpv6 ||
    kind === LAYER.fragment ||
    kind === LAYER.destinationOptions
  );
}
