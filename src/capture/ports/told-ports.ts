/**
 * Protocols that somebody who knows says are on a port: there the port counts as the one that the protocol has by
 * itself. What the octets have to be for it stays as it is.
 *
 * @module
 */
import { type AnyLayer, LAYERS } from '../dissect/layer-table.ts';
import type { Carriers } from '../layers/layer.ts';

export type Transport = 'udp' | 'tcp';

/**
 * The port of each protocol that is looked for; of those that their octets tell alone, one that stands for no other.
 */
const PORTS: Readonly<Record<Transport, ReadonlyMap<string, number>>> = {
  udp: portsOf(({ udp }) => udp?.[0]?.port),
  tcp: portsOf(({ tcpPort }) => tcpPort),
};

function portsOf(portOf: (carriers: Carriers) => number | undefined): ReadonlyMap<string, number> {
  const ports = Object.values(LAYERS).flatMap(({ name, carriers }: Pick<AnyLayer, 'name' | 'carriers'>) => {
    const port = portOf(carriers);
    return port === undefined ? [] : [[carriers.portName ?? name, port] as const];
  });
  return new Map(ports.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What can be said of a port. */
export function protocolsOf(transport: Transport): readonly string[] {
  return [...PORTS[transport].keys()];
}

export class ToldPorts {
  /** As they were said: `udp:6080=vxlan`. */
  readonly words: string[] = [];
  readonly #ports: Readonly<Record<Transport, Map<number, number>>> = { udp: new Map(), tcp: new Map() };

  /** Whether nothing was said. A field: it is looked at for every datagram. */
  isEmpty = true;

  /**
   * Says what is on a port.
   *
   * @returns false: there is no such protocol, or another was named
   */
  tell(transport: Transport, port: number, protocol: string): boolean {
    const own = PORTS[transport].get(protocol);
    const ports = this.#ports[transport];
    const before = ports.get(port);
    if (own === undefined || (before !== undefined && before !== own)) return false;
    if (before === undefined) this.words.push(`${transport}:${port}=${protocol}`);
    ports.set(port, own);
    this.isEmpty = false;
    return true;
  }

  /** The port that one stands for: its own, if nothing was said of it. */
  udp(port: number): number {
    return this.isEmpty ? port : (this.#ports.udp.get(port) ?? port);
  }

  tcp(port: number): number {
    return this.isEmpty ? port : (this.#ports.tcp.get(port) ?? port);
  }
}

/** Nothing was said. */
export const NO_TOLD_PORTS = new ToldPorts();
