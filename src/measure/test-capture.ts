/**
 * Combines the captures of both ends of a test through a WireGuard tunnel.
 *
 * Data messages of WireGuard have a counter (whitepaper §5.4.6). So the capture of the receiving end shows which messages
 * are missing. The capture of the sending end shows which of them never left its host, and the last counter of a session.
 * The captures begin before the first datagram of the test, and end after the last message of its control connection,
 * which uses the same tunnel. So the first and last messages do not belong to the test.
 *
 * @module
 */
import type { FlowDirection } from '../core/shapes/spec.ts';
import type {
  CapturedDirection,
  CapturedMessages,
  CapturedSession,
  CaptureReason,
  EndCapture,
  TestCapture,
} from '../core/shapes/test-capture.ts';

/** The captures of both ends, and the payload of the test. */
export interface CapturedEnds {
  readonly client: EndCapture;
  /** Why the client has no counts: the message of the system. */
  readonly clientDetail: string | null;
  /** `null` if the server reported nothing. */
  readonly server: EndCapture | null;
  /** Octets of payload of the test; `null` if they cannot be compared with the octets of the tunnel. */
  readonly payload: { readonly direction: FlowDirection; readonly bytes: number } | null;
}

/** Why an end has no capture, for a note. */
const REASONS: Readonly<Record<CaptureReason | 'silent', string>> = {
  'not-allowed': 'captures are not allowed there; its operator can start it with --allow-capture',
  cannot: 'nothing can capture there, or it is not permitted: that takes tcpdump and root',
  busy: 'too many captures run there at the same time',
  'no-path': 'it is not known where the packets of the tunnel pass',
  broken: 'the capture broke off',
  silent: 'it did not say; an older version does not capture',
};

/** Combines the captures. What one of them does not show is `null`, and `notes` say why. */
export function testCapture({ client, clientDetail, server, payload }: CapturedEnds): TestCapture {
  const notes: string[] = [];
  const serverReason = server === null ? 'silent' : server.reason;
  if (client.reason !== null) notes.push(`no capture at the client: ${clientDetail ?? REASONS[client.reason]}`);
  if (serverReason !== null) notes.push(`no capture at the server: ${REASONS[serverReason]}`);
  noteEnd('client', client, notes);
  if (server !== null) noteEnd('server', server, notes);
  const isSame = isSameTunnel(client, server);
  if (!isSame) notes.push('the captures of the two ends show different tunnels: the client has its own only');
  const there = isSame ? server : null;
  const direction = (way: FlowDirection): CapturedDirection => {
    const isUp = way === 'upload';
    return directionOf(
      { way: isUp ? client.sent : (there?.sent ?? null), isExact: isExact(isUp ? client : there) },
      { way: isUp ? (there?.received ?? null) : client.received, isExact: isExact(isUp ? there : client) },
      outerOf(isUp ? client.sent : client.received, client, (isUp ? there?.received : there?.sent) ?? null, there),
      payload !== null && payload.direction === way ? payload.bytes : null,
    );
  };
  return {
    client: { reason: client.reason, device: client.device, kernel_drops: client.kernel_drops },
    server: { reason: serverReason, device: server?.device ?? null, kernel_drops: server?.kernel_drops ?? null },
    up: direction('upload'),
    down: direction('download'),
    notes,
  };
}

function noteEnd(name: string, end: EndCapture, notes: string[]): void {
  if (end.reason !== null) return;
  if (end.sent === null) notes.push(`no WireGuard passed at the ${name}, between the addresses of the line`);
  else if (end.kernel_drops === null) {
    notes.push(`the capture at the ${name} does not say what it dropped: its losses are not the tunnel's for certain`);
  } else if (end.kernel_drops > 0) {
    notes.push(`the capture at the ${name} itself dropped ${end.kernel_drops} packets: it cannot tell losses`);
  }
  const stale = (end.sent?.stale ?? 0) + (end.received?.stale ?? 0);
  if (stale > 0) notes.push(`${stale} messages at the ${name} came too late: the losses may be as many too high`);
}

function isExact(end: EndCapture | null): boolean {
  return end?.kernel_drops === 0;
}

/** Whether both ends captured the same tunnel: they have a session with the same receiver index. */
function isSameTunnel(client: EndCapture, server: EndCapture | null): boolean {
  const pairs = [
    [client.sent, server?.received],
    [client.received, server?.sent],
  ] as const;
  const both = pairs.filter(([one, other]) => one && other && one.lanes.length > 0 && other.lanes.length > 0);
  const isShared = both.some(([one, other]) =>
    one?.lanes.some(({ receiver_index }) => other?.lanes.some((lane) => lane.receiver_index === receiver_index)),
  );
  return both.length === 0 || isShared;
}

/** The figures of one end for one direction. */
interface Side {
  readonly way: CapturedMessages | null;
  /** Whether the capture dropped no packets, so that messages which it lacks did not pass. */
  readonly isExact: boolean;
}

function directionOf(sender: Side, receiver: Side, outer: Side, payloadBytes: number | null): CapturedDirection {
  const received = distinct(receiver.way);
  const lost = receiver.isExact && receiver.way ? missing(receiver.way.lanes, sender.way?.lanes ?? []) : null;
  const atSender = sender.isExact && sender.way ? missing(sender.way.lanes, []) : null;
  // At the begin and end, one capture has messages that the other lacks. A negative difference is no count.
  const onPath = lost === null || atSender === null || atSender > lost ? null : lost - atSender;
  const bytes = outer.way?.outer_bytes ?? null;
  const inner = outer.way?.inner_bytes ?? null;
  return {
    messages_sent: distinct(sender.way),
    messages_received: received,
    lost,
    loss_ratio: lost === null || received === null || lost + received === 0 ? null : lost / (lost + received),
    lost_at_sender: atSender,
    lost_on_path: onPath,
    keepalives: sender.way?.keepalives ?? receiver.way?.keepalives ?? null,
    outer_bytes: bytes,
    inner_bytes: inner,
    outer_bytes_per_inner_byte:
      bytes === null || inner === null || inner.min === 0 || inner.max < inner.min
        ? null
        : { min: bytes / inner.max, max: bytes / inner.min },
    outer_bytes_per_payload_byte: bytes === null || !outer.isExact || !payloadBytes ? null : bytes / payloadBytes,
  };
}

/** The end whose count of octets is used: the client, or the server if the client has none. */
function outerOf(
  own: CapturedMessages | null,
  client: EndCapture,
  other: CapturedMessages | null,
  server: EndCapture | null,
): Side {
  return own === null ? { way: other, isExact: isExact(server) } : { way: own, isExact: isExact(client) };
}

function distinct(way: CapturedMessages | null): number | null {
  return way === null ? null : way.lanes.reduce((sum, { received }) => sum + received, 0);
}

/**
 * Counters that are missing: gaps, and those before the first or after the last message of a session that began or ended
 * during the capture.
 *
 * @param sent - sessions as the sender captured them; empty if they are not to be used
 */
function missing(lanes: readonly CapturedSession[], sent: readonly CapturedSession[]): number {
  let count = 0;
  for (const lane of lanes) count += lane.lost + (lane.is_whole ? lane.counter_min : 0);
  // The last message of the last session is not known. The test was over by then.
  for (const [i, { receiver_index, counter_max }] of sent.entries()) {
    const there = lanes.find((lane) => lane.receiver_index === receiver_index);
    if (there && i < sent.length - 1) count += Math.max(0, counter_max - there.counter_max);
  }
  return count;
}
