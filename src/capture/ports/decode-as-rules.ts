/**
 * The `--decode-as` rules: protocols that the user expects on other ports. A port with a rule is treated as the port
 * that the protocol is registered for. All other checks of the protocol stay the same.
 *
 * @module
 */
import { type AnyLayer, LAYERS } from '../dissect/layer-table.ts';
import type { Carriers } from '../layers/layer.ts';

/** The transport protocols for which rules can be given. */
export type Transport = 'udp' | 'tcp';

/**
 * The port that stands for each protocol. A protocol that is recognised on any port has one that no other protocol
 * uses.
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

/** Names of the protocols that a rule can assign to a port, in alphabetical order. */
export function protocolsOf(transport: Transport): readonly string[] {
  return [...PORTS[transport].keys()];
}

/** A set of `--decode-as` rules. */
export class DecodeAsRules {
  /** The rules as the user wrote them, such as `udp:6080=vxlan`. */
  readonly words: string[] = [];
  readonly #ports: Readonly<Record<Transport, Map<number, number>>> = { udp: new Map(), tcp: new Map() };

  /** Whether there are no rules. A field, because it is read for every datagram. */
  isEmpty = true;

  /**
   * Adds a rule.
   *
   * @returns false if the protocol is unknown, or if the port already has a rule for another protocol
   */
  add(transport: Transport, port: number, protocol: string): boolean {
    const own = PORTS[transport].get(protocol);
    const ports = this.#ports[transport];
    const before = ports.get(port);
    if (own === undefined || (before !== undefined && before !== own)) return false;
    if (before === undefined) this.words.push(`${transport}:${port}=${protocol}`);
    ports.set(port, own);
    this.isEmpty = false;
    return true;
  }

  /** The port that a UDP port is treated as: the port itself, if it has no rule. */
  udp(port: number): number {
    return this.isEmpty ? port : (this.#ports.udp.get(port) ?? port);
  }

  /** The same for a TCP port. */
  tcp(port: number): number {
    return this.isEmpty ? port : (this.#ports.tcp.get(port) ?? port);
  }
}

/** No rules. */
export const NO_DECODE_AS = new DecodeAsRules();
