/**
 * The description of a layer. Each protocol's file has one. Everything that differs between layers is derived from
 * these descriptions (`layer-table.ts`).
 *
 * @module
 */

import type { LayerStack } from '../dissect/layer-stack.ts';
import type { HeaderBytes } from '../documents/capture-tunnels.ts';
import type { Cursor, DissectLayer } from './cursor.ts';

/**
 * The role of a layer in dissection and printing.
 *
 * - `link`: the link layer of a capture, and tags. A hex dump begins after it.
 * - `shim`: between the link layer and the network layer. Printed on the line of the packet.
 * - `network`: IP, its extension headers, and protocols that IP itself needs.
 * - `transport`: identifies the flow of a packet. It is also read in a first fragment.
 * - `tunnel`: a header with a packet after it that can be read.
 * - `encrypted`: the payload is encrypted.
 * - `message`: a protocol that carries no packets, or a header before a layer that does.
 */
export type LayerGroup = 'link' | 'shim' | 'network' | 'transport' | 'tunnel' | 'encrypted' | 'message';

/**
 * The description of a layer.
 *
 * @typeParam Kind - kinds of tunnels whose header it is, as named in reports and filters
 * @typeParam Title - `null` if `report/decode/lines/packet-lines` prints the layer in its own way
 */
export interface Layer<Kind extends string = never, Title extends string | null = null> {
  /** Name in reports and filters. */
  readonly name: string;
  readonly group: LayerGroup;
  readonly dissect: DissectLayer;
  readonly carriers: Carriers;
  readonly tunnel: [Kind] extends [never] ? null : Tunnel<Kind>;
  /** The text for the layer on a packet's line, without its length. */
  readonly title: Title;
  /** For a layer that is not always `encrypted`: whether the payload of this one is encrypted or unknown. */
  readonly hidesPayload?: (stack: LayerStack, index: number) => boolean;
}

/** Numbers in other headers that lead to a layer. Without any, another layer or the recogniser leads to it. */
export interface Carriers {
  /** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype */
  readonly linkTypes?: readonly number[];
  /** https://www.iana.org/assignments/ieee-802-numbers */
  readonly etherTypes?: readonly number[];
  /** https://www.iana.org/assignments/protocol-numbers */
  readonly ipProtocols?: readonly number[];
  /** UDP ports. The first one stands for the protocol in a `--decode-as` rule (`DecodeAsRules`). */
  readonly udp?: readonly UdpPort[];
  /** The same for TCP, where the recogniser classifies the payload. */
  readonly tcpPort?: number;
  /** Name of the protocol in `--decode-as` rules, if it differs from the layer's name. */
  readonly portName?: string;
}

/** A UDP port of a protocol, and the check that the payload has to pass. */
export interface UdpPort {
  readonly port: number;
  /** Whether the payload at the cursor can be of this protocol; `null` if the recogniser or `udp.ts` checks it. */
  readonly fits: ((cursor: Cursor) => boolean) | null;
}

/** The tunnels whose header a layer is. */
export interface Tunnel<Kind extends string> {
  /** The kind, or a function that finds it; it returns `null` if a layer of this packet is not a tunnel header. */
  readonly kindAt: Kind | ((stack: LayerStack, index: number) => Kind | null);
  readonly kinds: Readonly<Record<Kind, TunnelFacts>>;
  /** Reads the id, 0 to 2^32 - 1; `NO_FIELD` if this packet has none. */
  readonly id: FieldReader | null;
  /** Size and reader of the sequence number of packets; `null` if the protocol has none in clear. */
  readonly sequence: { readonly bits: 16 | 32; readonly read: FieldReader } | null;
}

/** Properties of a kind of tunnel. */
export interface TunnelFacts {
  /** Overhead around an inner IP packet; `null` if the kind encapsulates none, or they are never seen unencrypted. */
  readonly headerBytes: OuterBytes | null;
  /** Formats an id as the protocol writes it; `null` if the kind has no id. */
  readonly idText: ((id: number) => string) | null;
  /** Whether the report lists flows: false for signalling, and for kinds with a report of their own. */
  readonly hasFlows: boolean;
}

/** Overhead of a tunnel, with a flag for the outer IP header. */
export interface OuterBytes extends HeaderBytes {
  /** Whether an IPv4 header is included. Over IPv6 the overhead is then 20 octets larger. */
  readonly hasIpv4: boolean;
}

/** Reads a field of a layer; returns `NO_FIELD` if the packet does not have it. */
export type FieldReader = (stack: LayerStack, index: number) => number;

/** Makes a reader for a field of the layer's own header. */
export const inHeader =
  (read: (bytes: Uint8Array, at: number) => number): FieldReader =>
  ({ bytes, offsets }, index) =>
    read(bytes, offsets[index] ?? 0);

/** The value of a field that a packet does not have. */
export const NO_FIELD = -1;

/** Overhead that includes an outer IPv4 header. `most` is `null` if there is no maximum. */
export const withIpv4 = (least: number, most: number | null): OuterBytes => ({ least, most, hasIpv4: true });
/** Overhead without an outer IP header, or with IPv6 only. */
export const withoutIpv4 = (least: number, most: number | null): OuterBytes => ({ least, most, hasIpv4: false });

/** Entries for `Carriers.udp`: the same check on several ports. */
export const onPorts = (fits: UdpPort['fits'], ...ports: readonly number[]): UdpPort[] =>
  ports.map((port) => ({ port, fits }));

/** Formats ids in decimal after a name, such as `vni 7`. */
export const decimalId =
  (name: string): TunnelFacts['idText'] =>
  (id) =>
    `${name} ${id}`;

/** Formats ids as 8 hexadecimal digits after a name, such as `spi 0x00000010`. */
export const hexId =
  (name: string): TunnelFacts['idText'] =>
  (id) =>
    `${name} 0x${id.toString(16).padStart(8, '0')}`;
