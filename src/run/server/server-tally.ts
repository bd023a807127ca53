/**
 * Counts the tests and refusals of a server since it started. Octets are read from the shared memory of the running tests
 * when somebody asks, so that counting costs a test nothing.
 *
 * @module
 */
import type {
  CountedKind,
  PayloadCounts,
  RefusalReason,
  ServerCounts,
  TestCounts,
  TestOutcome,
} from '../../core/shapes/metrics/server-counts.ts';
import type { Protocol, TestPurpose, TestSpec } from '../../core/shapes/spec.ts';
import type { ProgressRow } from '../../measure/flow/progress.ts';
import { layoutOf, streamsOf } from '../../measure/stream-layout.ts';
import type { TestBoard } from '../../measure/test-board.ts';

/** A test, as the tally sees it. */
export interface TalliedTest {
  readonly spec: TestSpec;
  readonly board: TestBoard;
  readonly purpose: TestPurpose | null;
}

interface Passed {
  received_bytes: number;
  sent_bytes: number;
  probes: number;
  connections: number;
}

const KINDS: readonly (readonly [CountedKind, Protocol])[] = [
  ['bandwidth', 'tcp'],
  ['bandwidth', 'udp'],
  ['packets', 'tcp'],
  ['packets', 'udp'],
  ['latency', 'tcp'],
  ['latency', 'udp'],
  ['connections', 'tcp'],
  ['ping', 'udp'],
  ['mtu', 'udp'],
  // What TCP makes of the path.
  ['mtu', 'tcp'],
  ['trace', 'udp'],
];
const PROTOCOLS = ['tcp', 'udp'] as const;

/** The counts of one server. */
export class ServerTally {
  readonly #running = new Map<TalliedTest, ProgressRow | null>();
  readonly #ended = new Map(KINDS.map((kind) => [kind.join(' '), { complete: 0, incomplete: 0, lost: 0 }]));
  readonly #passed: Readonly<Record<Protocol, Passed>> = { tcp: nothing(), udp: nothing() };
  readonly #refused: Record<RefusalReason, number> = {
    busy: 0,
    limit: 0,
    authentication: 0,
    protocol: 0,
    timeout: 0,
    shutdown: 0,
    failed: 0,
    foreign: 0,
  };

  /** A test began. */
  started(test: TalliedTest): void {
    this.#running.set(test, null);
  }

  /** The rates of a running test over its last second. */
  progress(test: TalliedTest, row: ProgressRow): void {
    if (this.#running.has(test)) this.#running.set(test, row);
  }

  /** A test ended. One that did not begin is not counted. */
  ended(test: TalliedTest, outcome: TestOutcome): void {
    if (!this.#running.delete(test)) return;
    add(this.#passed[test.spec.protocol], test);
    const counts = this.#ended.get(`${kindOf(test)} ${test.spec.protocol}`);
    if (counts) counts[outcome]++;
  }

  /** A connection or a client was refused. */
  refused(reason: RefusalReason): void {
    this.#refused[reason]++;
  }

  /** All counts until now. */
  counts(clients: Pick<ServerCounts, 'clients' | 'queued' | 'max_clients'>): ServerCounts {
    const passed = { tcp: { ...this.#passed.tcp }, udp: { ...this.#passed.udp } };
    for (const test of this.#running.keys()) add(passed[test.spec.protocol], test);
    return {
      ...clients,
      tests: KINDS.map(([kind, protocol]) => this.#testCounts(kind, protocol)),
      payload: PROTOCOLS.map((protocol) => this.#payload(protocol, passed[protocol])),
      probes_answered: { tcp: passed.tcp.probes, udp: passed.udp.probes },
      connections_accepted: passed.tcp.connections,
      refused: { ...this.#refused },
    };
  }

  #testCounts(kind: CountedKind, protocol: Protocol): TestCounts {
    const running = [...this.#running.keys()].filter(
      (test) => kindOf(test) === kind && test.spec.protocol === protocol,
    );
    const none = { complete: 0, incomplete: 0, lost: 0 };
    return { kind, protocol, running: running.length, ended: { ...none, ...this.#ended.get(`${kind} ${protocol}`) } };
  }

  #payload(protocol: Protocol, { received_bytes, sent_bytes }: Passed): PayloadCounts {
    let [received_bps, sent_bps] = [0, 0];
    for (const [{ spec }, row] of this.#running) {
      if (spec.protocol !== protocol) continue;
      received_bps += row?.received_bps ?? 0;
      sent_bps += row?.sent_bps ?? 0;
    }
    return { protocol, received_bytes, sent_bytes, received_bps, sent_bps };
  }
}

function nothing(): Passed {
  return { received_bytes: 0, sent_bytes: 0, probes: 0, connections: 0 };
}

function kindOf({ spec, purpose }: TalliedTest): CountedKind {
  return purpose ?? spec.figure ?? spec.test;
}

/** Adds what the streams of a test have passed so far. The server receives uploads. */
function add(sum: Passed, { spec, board }: TalliedTest): void {
  const layout = layoutOf(spec);
  const received = board.passed(streamsOf(layout, 'upload'));
  if (spec.test === 'latency') sum.probes += received.packets;
  else if (spec.test === 'connections') sum.connections += received.packets;
  else {
    sum.received_bytes += received.bytes;
    sum.sent_bytes += board.passed(streamsOf(layout, 'download')).bytes;
  }
}
