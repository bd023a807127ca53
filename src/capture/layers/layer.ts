/**
 * What is known of a layer besides its header: one such description for each, in its protocol's file. All that differs
 * by layer is derived of them (`layer-table.ts`).
 *
 * @module
 */

import type { LayerStack } from '../dissect/layer-stack.ts';
import type { HeaderBytes } from '../documents/capture-tunnels.ts';
import type { Cursor, Step } from './cursor.ts';

/**
 * - `link`: what a capture begins with, and tags. A dump of octets begins behind it.
 * - `shim`: between a link and its packet, on the packet's line.
 * - `network`: IP, its extension headers, and what serves IP itself.
 * - `transport`: what tells the flow of a packet; it is read of a first fragment, too.
 * - `tunnel`: a header with a packet behind it that can be read.
 * - `sealed`: nobody without keys can say what follows.
 * - `message`: of a protocol that carries no packets, or leads to a layer that does.
 */
export type LayerGroup = 'link' | 'shim' | 'network' | 'transport' | 'tunnel' | 'sealed' | 'message';

/**
 * @typeParam Kind - kinds of tunnels that it is the header of, as reports and filters name them
 * @typeParam Title - `null`: `report/decode/lines/packet-lines` prints it
 */
export interface Layer<Kind extends string = never, Title extends string | null = null> {
  /** In reports and filters. */
  readonly name: string;
  readonly group: LayerGroup;
  readonly step: Step;
  readonly carriers: Carriers;
  readonly tunnel: [Kind] extends [never] ? null : Tunnel<Kind>;
  /** All that the line of a packet says of it, but for its length. */
  readonly title: Title;
  /** Whether nobody can say what follows this one, of a layer that is not always `sealed`. */
  readonly hides?: (stack: LayerStack, index: number) => boolean;
}

/** Numbers in other headers that lead to a layer. None: a step, or the recogniser, names it. */
export interface Carriers {
  /** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype */
  readonly linkTypes?: readonly number[];
  /** https://www.iana.org/assignments/ieee-802-numbers */
  readonly etherTypes?: readonly number[];
  /** https://www.iana.org/assignments/protocol-numbers */
  readonly ipProtocols?: readonly number[];
  /** The first is the one that stands for the protocol where somebody says that it is on another (`ToldPorts`). */
  readonly udp?: readonly UdpPort[];
  /** The same for TCP, where the recogniser tells. */
  readonly tcpPort?: number;
  /** What the protocol on the port is called there, if not as the layer is. */
  readonly portName?: string;
}

export interface UdpPort {
  readonly port: number;
  /** Whether the octets agree; `null`: the port alone says nothing, and whoever looks at the octets asks for it. */
  readonly fits: ((cursor: Cursor) => boolean) | null;
}

export interface Tunnel<Kind extends string> {
  /** The kind, or how it is told; `null`: this one is no tunnel. */
  readonly kindAt: Kind | ((stack: LayerStack, index: number) => Kind | null);
  readonly kinds: Readonly<Record<Kind, TunnelFacts>>;
  /** The id in the header, 0 to 2^32 - 1; `NONE` if this one has none. */
  readonly id: FieldReader | null;
  readonly sequence: { readonly bits: 16 | 32; readonly read: FieldReader } | null;
}

export interface TunnelFacts {
  /** Around an inner IP packet; `null` for what is no encapsulation of them, or is never seen without encryption. */
  readonly headerBytes: OuterBytes | null;
  /** An id as its protocol names it. `null`: it has none. */
  readonly idText: ((id: number) => string) | null;
  /** False for signalling, and for kinds of which another report tells more. */
  readonly hasFlows: boolean;
}

export interface OuterBytes extends HeaderBytes {
  /** Whether IPv4 is among them, so that IPv6 takes more. */
  readonly hasIpv4: boolean;
}

export type FieldReader = (stack: LayerStack, index: number) => number;

/** A field that stands in the layer's header. */
export const inHeader =
  (read: (bytes: Uint8Array, at: number) => number): FieldReader =>
  ({ bytes, offsets }, index) =>
    read(bytes, offsets[index] ?? 0);

/** No id, or no number. */
export const NONE = -1;

/** With IPv4 outside. */
export const withIpv4 = (least: number, most: number | null): OuterBytes => ({ least, most, hasIpv4: true });
/** With no choice of what is outside: nothing of IP, or version 6. */
export const fixed = (least: number, most: number | null): OuterBytes => ({ least, most, hasIpv4: false });

export const onPorts = (fits: UdpPort['fits'], ...ports: readonly number[]): UdpPort[] =>
  ports.map((port) => ({ port, fits }));

/** Text of an id that is written in decimal. */
export const named =
  (name: string): TunnelFacts['idText'] =>
  (id) =>
    `${name} ${id}`;

/** Text of an id that is written in hexadecimal. */
export const namedHex =
  (name: string): TunnelFacts['idText'] =>
  (id) =>
    `${name} 0x${id.toString(16).padStart(8, '0')}`;
