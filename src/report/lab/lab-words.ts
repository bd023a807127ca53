/**
 * The verdict on each tunnel of the lab, in one or two sentences.
 *
 * @module
 */
import type { LabDocument, LabRow } from '../../core/shapes/lab.ts';
import type { Overhead } from '../../core/shapes/result.ts';
import { ETHERNET_HEADER_BYTES } from '../../measure/impairment.ts';
import { payloadPerPacket } from '../../tunnel/overhead.ts';
import { coresText, counted, percentText, rateText, ratioText, timeText } from '../text/figures.ts';

/** Least efficiency (goodput ratio / ceiling) at which a tunnel "costs only its bytes". */
const ONLY_ITS_BYTES = 0.97;
/** If the confidence interval reaches below this efficiency, the rounds differ too much for that verdict. */
const DOUBTFUL = 0.9;
/** Cores of processor time from which on the relay, which handles one packet after the other, is at its limit. */
const BUSY = 0.9;
/** Share of all cores: if other programs use this much, the verdict mentions it. */
const DISTURBED = 0.25;
/** Tolerance over the rate of the line, for the burst that the token bucket of a shaper lets through. */
const ABOVE = 1.005;
/** Least added round-trip time that the verdict mentions. */
const NOTABLE_RTT_NS = 20_000;
/** Least loss of a paced test, beyond that of the plain line, that the verdict mentions. */
const NOTABLE_LOSS = 0.001;

/** Sentences about each tunnel, then about limits of the lab itself. */
export function labVerdict(document: LabDocument): readonly string[] {
  const [plain, ...tunnels] = document.rows;
  if (plain === undefined) return [];
  const verdicts = tunnels.map((row) => tunnelWords(document, plain, row));
  return [...verdicts, ...peerWords(tunnels), ...labLimits(document, tunnels)];
}

function tunnelWords(document: LabDocument, plain: LabRow, row: LabRow): string {
  const own = document.overhead.filter((one) => one.path === row.name);
  const overhead = own.find((one) => one.protocol === 'tcp' && one.goodput_ratio !== null) ?? own[0];
  const added = overhead?.added_rtt_ns ?? null;
  const [lossThere, lossHere] = [row.udp_paced_loss_ratio ?? 0, plain.udp_paced_loss_ratio ?? 0];
  // The loss that the line was asked to cause varies by chance from one test to the next.
  const expected = Math.max(lossHere, document.link.loss_ratio);
  return [
    `${row.name}:`,
    overhead === undefined ? 'not measured beside the plain line.' : goodputWords(document, row, overhead),
    ...(added !== null && added >= NOTABLE_RTT_NS ? [`It adds ${timeText(added)} to the round trip.`] : []),
    ...(lossThere >= 2 * expected + NOTABLE_LOSS
      ? [`It loses ${percentText(lossThere)} of the datagrams at a rate that the plain line carries.`]
      : []),
  ].join(' ');
}

function goodputWords(document: LabDocument, row: LabRow, overhead: Overhead): string {
  const { goodput_ratio: ratio, ceiling_ratio: ceiling, efficiency_ratio: efficiency } = overhead;
  const protocol = overhead.protocol.toUpperCase();
  if (ratio === null) return `${protocol} was not measured both on it and on the plain line.`;
  if (ratio === 0) return `nothing arrived through it over ${protocol}, in most rounds.`;
  const carries = `${protocol} carries ${percentText(ratio)} of what the plain line does`;
  if (efficiency === null || ceiling === null) return `${carries}.`;
  const allowed = `${carries}, and its headers allow ${percentText(ceiling)}`;
  if (overhead.rounds < 2) return `one round is too little to judge it by: ${allowed}.`;
  const cheap = efficiency >= ONLY_ITS_BYTES;
  const interval = overhead.goodput_ratio_ci95;
  if (interval !== null && (cheap ? interval[0] / ceiling < DOUBTFUL : interval[1] / ceiling >= ONLY_ITS_BYTES)) {
    const range = `${percentText(interval[0])}..${percentText(interval[1])}`;
    return `the rounds differ too much (95%: ${range}) to tell whether it costs more than its bytes: ${allowed}.`;
  }
  if (cheap) return `costs only its bytes: ${allowed}.`;
  const cores = row.cpu?.tunnel_ratio ?? null;
  const work =
    cores === null
      ? ''
      : ` Its processes keep ${coresText(cores)} of ${counted(document.host.cores, 'core')} busy meanwhile.`;
  // Without a rate limit the plain line is a copy in memory, so the difference is processing, not header bytes.
  const verdict = document.link.rate_bps === null ? 'costs work, not bytes' : 'is slower than its bytes explain';
  return `${verdict}: ${allowed}.${work}`;
}

/** Our tunnel compared with other implementations in the same run. */
function peerWords(tunnels: readonly LabRow[]): readonly string[] {
  const own = tunnels.find(({ name }) => name === 'winze');
  return tunnels.flatMap((peer) => {
    if (own === undefined || (peer.name !== 'wireguard-go' && peer.name !== 'wireguard')) return [];
    const parts = [
      ratioPart('TCP', own.tcp_goodput_bps, peer.tcp_goodput_bps),
      ratioPart('UDP', own.udp_goodput_bps, peer.udp_goodput_bps),
      ratioPart('round trip', own.rtt_ns?.p50 ?? null, peer.rtt_ns?.p50 ?? null),
    ].filter((part) => part !== null);
    return parts.length === 0 ? [] : [`winze / ${peer.name}: ${parts.join(', ')} (ratio of medians).`];
  });
}

function ratioPart(name: string, own: number | null, peer: number | null): string | null {
  return own === null || peer === null || peer === 0 ? null : `${name} ${ratioText(own / peer)}`;
}

/** Sentences about limits of the lab itself: other load, the relay, shared processors. */
function labLimits(document: LabDocument, tunnels: readonly LabRow[]): readonly string[] {
  const { mode, link, host, other_busy_cores } = document;
  const { relay } = link;
  const shared = `Both ends, the tunnel and the tests share ${counted(host.cores, 'core')}`;
  const words: string[] = [];
  if (other_busy_cores !== null && other_busy_cores >= DISTURBED * host.cores) {
    words.push(
      `Something else kept ${coresText(other_busy_cores)} of ${counted(host.cores, 'core')} busy when the tests began: this machine can do better.`,
    );
  }
  if ((relay?.busiest_ratio ?? 0) >= BUSY) {
    const slower = link.rate_bps === null ? 'its pace is the pace of the line' : 'the line may be slower than asked';
    words.push(`The relay that makes the line had no processor time to spare: ${slower}.`);
  }
  if (relay !== null && relay.packets_refused >= NOTABLE_LOSS * relay.packets_carried && relay.packets_refused > 0) {
    words.push(`It lost ${counted(relay.packets_refused, 'packet')} that the line was not asked to lose.`);
  }
  words.push(...addedWords(document), ...aboveTheLine(document));
  if (tunnels.length === 0) return words;
  if (mode === 'engines') {
    words.push(`${shared}, and Node's own sockets carry every row: a tunnel between network stacks is faster.`);
  } else if (link.kind === 'veth' && link.rate_bps === null) {
    words.push(
      `${shared}, and the plain line is a copy in memory: with --rate 1G you see what is left on a real line.`,
    );
  }
  return words;
}

/** The round-trip time that a relay adds, where the line is one. */
function addedWords({ link }: LabDocument): readonly string[] {
  const { relay, delay_ns, added_rtt_ns: added } = link;
  if (relay === null || added === null || added < NOTABLE_RTT_NS) return [];
  const asked = delay_ns === 0 ? '' : ` beyond the ${timeText(2 * delay_ns)} that were asked for`;
  return [`The relay and both network stacks add ${timeText(added)} to each round trip of the plain line${asked}.`];
}

/**
 * Explains a TCP goodput above the rate of the line: payload that waited for a retransmitted segment is delivered, and
 * counted, all at once, though it crossed the line earlier.
 */
function aboveTheLine({ link, tests }: LabDocument): readonly string[] {
  const carries = tcpPayloadRate(link);
  const most = Math.max(
    ...tests.map((test) =>
      test.test === 'bandwidth' && test.protocol === 'tcp' ? (test.flows[0]?.goodput_bps ?? 0) : 0,
    ),
  );
  if (carries === null || most <= carries * ABOVE) return [];
  return [
    `TCP reached ${rateText(most)} in a test, of ${rateText(carries)} that the line carries: what had waited for a segment that was sent again counts when it is delivered. A longer test (-d) tells the rate better.`,
  ];
}

/** Payload rate of full TCP segments with timestamps over IPv4. The rate of the line counts Ethernet headers. */
function tcpPayloadRate({ rate_bps, mtu_bytes }: LabDocument['link']): number | null {
  const payload = payloadPerPacket({ family: 4, mtu: mtu_bytes, protocol: 'tcp', tcpTimestamps: true });
  return rate_bps === null ? null : (rate_bps * payload) / (mtu_bytes + ETHERNET_HEADER_BYTES);
}
