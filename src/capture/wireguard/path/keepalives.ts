/**
 * Finds out why a keepalive was sent, from its time.
 *
 * A passive keepalive is sent 10 s after data were received, if nothing was sent in between (whitepaper §6.5). A
 * persistent keepalive is sent after a fixed interval without any message in either direction.
 *
 * @module
 */
import type { CaptureClock } from '../capture-clock.ts';
import type { Path, SessionStream } from '../peer-pair.ts';

const KEEPALIVE_TIMEOUT_NS = 10e9;
/** Tolerances: kernel timers are coarse, and the capture may be made a round trip away. */
const EARLY_NS = 0.3e9;
const LATE_NS = 1.5e9;
const MAX_SILENCE_S = 65_535;

/** Classifies a keepalive. Must be called before `noteSent` for the same message. */
export function noteKeepalive(path: Path, stream: SessionStream | null, counter: number, { ns }: CaptureClock): void {
  path.keepalives++;
  if (counter === 0 && stream !== null && stream.session.handshake?.path === path) {
    path.confirmations++;
    return;
  }
  const sinceData = ns - path.unansweredNs;
  if (sinceData >= KEEPALIVE_TIMEOUT_NS - EARLY_NS && sinceData <= KEEPALIVE_TIMEOUT_NS + LATE_NS) {
    path.passiveKeepalives++;
    return;
  }
  const there = path.lastNs;
  const back = path.reverse?.lastNs ?? Number.NaN;
  const last = back > there || Number.isNaN(there) ? back : there;
  const silence = Math.round((ns - last) / 1e9);
  if (silence >= 1 && silence <= MAX_SILENCE_S) path.silences.add(silence);
  else path.silences.addOther();
}

/** Updates the times of a path, for any message. @param isData - whether it has a packet inside */
export function noteSent(path: Path, isData: boolean, clock: CaptureClock): void {
  if (Number.isNaN(path.firstNs)) path.firstNs = clock.ns;
  path.lastNs = clock.ns;
  path.unansweredNs = Number.NaN;
  const { reverse } = path;
  if (isData && reverse !== null && Number.isNaN(reverse.unansweredNs)) reverse.unansweredNs = clock.ns;
}
