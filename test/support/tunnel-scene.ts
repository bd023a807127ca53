/**
 * A capture of a tunnel made by hand: messages at times, from one end or the other, and what the analysis makes of
 * them.
 */

import type { ClockJump } from '../../src/capture/documents/capture-report.ts';
import type { PeerReport, WireguardReport } from '../../src/capture/documents/capture-wireguard.ts';
import { findingsOf } from '../../src/capture/findings/findings.ts';
import type { WireguardEvent } from '../../src/capture/wireguard/events.ts';
import { BothWays } from './both-ways.ts';
import { A, B, ipv4, join, type Octets, recordOf, u16, udp, wireguardData } from './packets.ts';

export interface End {
  readonly address: readonly number[];
  readonly port: number;
}

export const END_A: End = { address: A, port: 40_000 };
export const END_B: End = { address: B, port: 51_820 };

const START_S = 1_700_000_000;

export class TunnelScene {
  readonly #analysis = new BothWays();
  #frame = 0;

  get events(): readonly WireguardEvent[] {
    return this.#analysis.events;
  }

  /** Packets that were known by their headers. */
  get known(): number {
    return this.#analysis.known;
  }

  /** A packet of IP at a time in seconds. */
  packet(at: number, bytes: Uint8Array, interfaceId = 0): this {
    const seconds = Math.floor(at);
    const nanoseconds = Math.round((at - seconds) * 1e9);
    const changes = { frame: ++this.#frame, linkType: 101, seconds: START_S + seconds, nanoseconds, interfaceId };
    this.#analysis.add(recordOf(bytes, changes));
    return this;
  }

  send(at: number, from: End, to: End, message: Octets): this {
    return this.packet(at, datagram(from, to, message));
  }

  /** Data messages with one receiver index, a second apart. */
  data(at: number, from: End, to: End, receiver: number, counters: readonly number[], packetBytes = 96): this {
    for (const [i, counter] of counters.entries()) {
      this.send(at + i * 0.01, from, to, wireguardData(receiver, counter, packetBytes));
    }
    return this;
  }

  keepalive(at: number, from: End, to: End, receiver: number, counter: number): this {
    return this.send(at, from, to, wireguardData(receiver, counter, 0));
  }

  /** An ICMP error of IPv4 about a packet. */
  icmp(at: number, from: readonly number[], quoted: Uint8Array, type: number, code: number, mtu = 0): this {
    const body = join([type, code, 0, 0, 0, 0], u16(mtu), quoted);
    return this.packet(at, ipv4(1, body, { source: from, destination: A }));
  }

  report(): WireguardReport | null {
    return this.#analysis.result().wireguard;
  }

  jumps(): readonly ClockJump[] {
    return this.#analysis.result().summary.clockJumps;
  }

  /** The one peer. */
  peer(): PeerReport {
    const peers = this.report()?.peers ?? [];
    const [peer] = peers;
    if (peer === undefined || peers.length > 1) throw new Error(`expected one peer, got ${peers.length}`);
    return peer;
  }

  codes(): string[] {
    return findingsOf(this.report(), null, { clockJumps: this.jumps() }).map(({ code }) => code);
  }
}

export function datagram(from: End, to: End, message: Octets, fragment = 0): Uint8Array {
  const payload = udp(from.port, to.port, message);
  return ipv4(17, payload, { source: from.address, destination: to.address, fragment });
}
