/**
 * A packet as lines in the format of tcpdump: the outermost packet first, with its time, and each packet inside it on a
 * line of its own, indented further.
 *
 * @module
 */
import { isIp, LAYER } from '../../../capture/dissect/layer-kind.ts';
import { kindAt, type LayerStack, offsetAt } from '../../../capture/dissect/layer-stack.ts';
import { byKind, type LAYERS, layerName } from '../../../capture/dissect/layer-table.ts';
import { linkTypeText } from '../../../capture/link-type-name.ts';
import type { CaptureRecord } from '../../../capture/record.ts';
import { hexDump } from './hex-dump.ts';
import {
  ahPart,
  dtlsPart,
  espPart,
  ikePart,
  ipcompPart,
  openvpnPart,
  quicPart,
  udpEncapPart,
} from './line-encrypted.ts';
import {
  extensionPart,
  fragmentPart,
  icmpv4Part,
  icmpv6Part,
  igmpPart,
  ipv4Part,
  ipv6Part,
  udpPart,
} from './line-ip.ts';
import {
  arpPart,
  ethernetPart,
  llcPart,
  macsecPart,
  mplsPart,
  pppoePart,
  pppPart,
  silentPart,
  vlanPart,
} from './line-link.ts';
import type { LinePart } from './line-part.ts';
import { socksPart } from './line-socks.ts';
import { tcpPart } from './line-tcp.ts';
import {
  erspanPart,
  genevePart,
  grePart,
  gtpcPart,
  gtpuPart,
  l2tpPart,
  nshPart,
  titlePart,
  vxlanPart,
} from './line-tunnel.ts';
import { discoPart, wireguardPart } from './line-wireguard.ts';
import type { LineWriter } from './line-writer.ts';

/** Columns by which the line of an inner packet is indented further. */
const INDENT = 4;
/** Lines of packets that are nested deeper are not indented further. */
const MAX_DEPTH = 8;

/** Layers for which more than a title is printed. */
type OwnPart = {
  [Key in keyof typeof LAYERS]: (typeof LAYERS)[Key]['title'] extends null ? Key : never;
}[keyof typeof LAYERS];
const PARTS: Readonly<Record<OwnPart, LinePart>> = {
  ethernet: ethernetPart,
  vlan: vlanPart,
  llc: llcPart,
  ppp: pppPart,
  pppoe: pppoePart,
  macsec: macsecPart,
  mpls: mplsPart,
  arp: arpPart,
  ipv4: ipv4Part,
  ipv6: ipv6Part,
  hopByHop: extensionPart,
  routing: extensionPart,
  destinationOptions: extensionPart,
  fragment: fragmentPart,
  icmpv4: icmpv4Part,
  icmpv6: icmpv6Part,
  igmp: igmpPart,
  udp: udpPart,
  tcp: tcpPart,
  gre: grePart,
  erspan: erspanPart,
  vxlan: vxlanPart,
  vxlanGpe: vxlanPart,
  nsh: nshPart,
  geneve: genevePart,
  wireguard: wireguardPart,
  warp: wireguardPart,
  disco: discoPart,
  udpEncap: udpEncapPart,
  esp: espPart,
  ah: ahPart,
  ipcomp: ipcompPart,
  ike: ikePart,
  openvpn: openvpnPart,
  gtpu: gtpuPart,
  gtpc: gtpcPart,
  l2tp: l2tpPart,
  dtls: dtlsPart,
  quic: quicPart,
  socks: socksPart,
  none: silentPart,
  sll: silentPart,
  sll2: silentPart,
  loopback: silentPart,
  tailscaleCapture: silentPart,
  nflog: silentPart,
  ciscoMetadata: silentPart,
  controlWord: silentPart,
};
const PART_BY_KEY: Readonly<Record<string, LinePart>> = PARTS;
const PART_OF = byKind(({ title }, key) => (title === null ? (PART_BY_KEY[key] ?? silentPart) : titlePart(title)));

const GROUP_OF = byKind(({ group }) => group);

/** What is printed of each packet. */
export interface PacketLineOptions {
  /** Also print the fields that seldom matter, and frame numbers. */
  readonly verbose: boolean;
  /** Print the octets of the packet below its lines. */
  readonly hex: boolean;
  /** Returns the seconds to add to UTC for the printed time of day. @param seconds - since 1970 */
  readonly utcOffsetS: (seconds: number) => number;
}

/** Prints packets, each with its layers. */
export class PacketPrinter {
  readonly #out: LineWriter;
  readonly #options: PacketLineOptions;
  /** The second to which `#timeOfDay` belongs. */
  #second = Number.NaN;
  #timeOfDay = '';
  /** Nesting depth of the last line of the last packet. */
  #depth = 0;

  constructor(out: LineWriter, options: PacketLineOptions) {
    this.#out = out;
    this.#options = options;
  }

  /**
   * Writes the lines of one packet.
   *
   * @param note - writes what is known from elsewhere, such as from keys, at the end of its last line
   */
  print(record: CaptureRecord, stack: LayerStack, note: ((out: LineWriter) => void) | null = null): void {
    const out = this.#out;
    this.#time(record);
    if (this.#options.verbose) out.text('#').number(record.frame).text(' ');
    this.#depth = 0;
    this.#layers(stack);
    if (stack.count === 0) out.text(linkTypeText(record.linkType)).text(', length ').number(record.originalBytes);
    note?.(out);
    this.#end(record, stack);
  }

  /** Writes the lines of a packet that was encrypted inside the last packet that `print` wrote. */
  printInner(record: CaptureRecord, stack: LayerStack, note: ((out: LineWriter) => void) | null = null): void {
    const depth = this.#depth;
    this.#depth = depth + 1;
    this.#out.spaces(Math.min(depth + 1, MAX_DEPTH) * INDENT);
    this.#layers(stack);
    if (stack.count === 0) this.#out.text('no IP packet, length ').number(record.originalBytes);
    note?.(this.#out);
    this.#end(record, stack);
    this.#depth = depth;
  }

  #layers(stack: LayerStack): void {
    const out = this.#out;
    for (let i = 0; i < stack.count; i++) {
      const kind = kindAt(stack, i);
      if (beginsLine(stack, i, kind)) {
        out.newline().spaces(Math.min(++this.#depth, MAX_DEPTH) * INDENT);
        if (i === stack.quotedFrom) out.text('quoted: ');
      } else if (followsHeader(stack, i)) out.text(': ');
      (PART_OF[kind] ?? silentPart)(out, stack, i, this.#options.verbose);
    }
  }

  #end(record: CaptureRecord, stack: LayerStack): void {
    const out = this.#out;
    if (stack.fragment === 'reassembled') out.text(' [reassembled]');
    else if (stack.fragment === 'alone') out.text(' [first fragment, without the others]');
    if (stack.error !== null) {
      out.text(' [').text(stack.error).text(': ').text(layerName(stack.errorKind));
      out
        .text(' at ')
        .number(Math.max(stack.errorOffset - (stack.count === 0 ? record.offset : offsetAt(stack, 0)), 0))
        .text(']');
    }
    out.newline();
    if (this.#options.hex) hexDump(out, record, stack);
  }

  #time({ seconds, nanoseconds }: CaptureRecord): void {
    if (seconds === null) return;
    if (seconds !== this.#second) {
      this.#second = seconds;
      this.#timeOfDay = timeOfDay(seconds + this.#options.utcOffsetS(seconds));
    }
    this.#out
      .text(this.#timeOfDay)
      .digits(nanoseconds / 1000, 6)
      .text(' ');
  }
}

/** `12:34:56.` of seconds since some midnight. */
function timeOfDay(seconds: number): string {
  const second = ((seconds % 86_400) + 86_400) % 86_400;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${two(second / 3600)}:${two((second / 60) % 60)}:${two(second % 60)}.`;
}

/** Whether the layer follows the header of a tunnel on the same line. */
function followsHeader(stack: LayerStack, index: number): boolean {
  return GROUP_OF[kindAt(stack, index - 1)] === 'tunnel';
}

/** Whether a layer begins a line: an Ethernet frame, or the first layer (link, shim, IP or ARP) of an inner packet. */
function beginsLine(stack: LayerStack, index: number, kind: number): boolean {
  if (index === 0) return false;
  if (kind === LAYER.ethernet) return true;
  return (isLinkOrShim(kind) || isIp(kind) || kind === LAYER.arp) && !isLinkOrShim(kindAt(stack, index - 1));
}

function isLinkOrShim(kind: number): boolean {
  const group = GROUP_OF[kind];
  return group === 'link' || group === 'shim';
}
