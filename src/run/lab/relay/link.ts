/**
 * The line between both ends: a veth pair with a rate limit, or if delay or loss is requested, with netem or a relay of
 * our own.
 *
 * @see tc-tbf(8), tc-netem(8), ip-link(8)
 * @module
 */
import type { LabLine, LabLink } from '../../../core/shapes/lab.ts';
import { NS_PER_MS, NS_PER_S, NS_PER_US } from '../../../core/time.ts';
import type { FarSide } from '../sides/far-side.ts';
import { LOCAL_SIDE, type Side } from '../sides/side.ts';
import type { RelayCounts } from './relay.ts';
import { type RunningRelay, startRelay } from './relay-host.ts';

/** Name of the line's device, at both ends. */
export const LINE_DEVICE = 'line0';
/** Address of the near end on the line (TEST-NET-1, RFC 5737). */
export const NEAR_ADDRESS = '192.0.2.1';
/** Address of the far end on the line. */
export const FAR_ADDRESS = '192.0.2.2';
const PREFIX_BITS = 24;
/** Name of the far device before it is moved to the far end. */
const FAR_DEVICE_AT_BIRTH = 'line1';

/** Longest queue at the bottleneck, as in usual routers. */
const QUEUE_NS = 50 * NS_PER_MS;
/**
 * Time that a burst of tbf covers: tbf sends at timer ticks, which are 4 ms apart (250 Hz). A burst has at least half
 * of the largest GSO packet.
 */
const BURST_NS = 4 * NS_PER_MS;
const LEAST_BURST_BYTES = 32_768;
/** Queue of a TUN device of the relay in packets, until the relay reads them. The line's own queue is in the relay. */
const RELAY_DEVICE_PACKETS = 10_000;
const SEED = 1;

/** A line that is up. */
export interface Link {
  readonly facts: Omit<LabLink, 'relay' | 'added_rtt_ns'>;
  /** The relay's process; `null` without a relay. */
  readonly relay: RunningRelay | null;
  /** Packets that the relay carried and dropped; `null` without a relay. */
  readonly counts: () => Promise<RelayCounts | null>;
  /**
   * Switches segmentation offload. While it is off, GSO packets are segmented before the device, so that it counts
   * every packet.
   */
  readonly offload: (on: boolean) => Promise<void>;
}

/**
 * Creates the line, up and with addresses.
 *
 * @throws NetError `ERR_UNSUPPORTED` with what is missing
 */
export async function createLink(line: LabLine, far: FarSide): Promise<Link> {
  const sides = [LOCAL_SIDE, far] as const;
  const impaired = line.delay_ns > 0 || line.loss_ratio > 0;
  for (const side of sides) await side.run(['ip', 'link', 'set', 'lo', 'up']);
  if (!impaired && (line.rate_bps === null || (await hasQueue('tbf')))) {
    await createVeth(line, far);
    if (line.rate_bps !== null) await shape(sides, tbf(line.rate_bps));
    return vethLink(line, sides, line.rate_bps === null ? null : 'tbf');
  }
  if (await hasQueue('netem')) {
    await createVeth(line, far);
    await shape(sides, netem(line));
    const link = vethLink(line, sides, 'netem');
    // netem would drop and delay whole GSO packets of 64 KiB.
    await link.offload(false);
    return { ...link, offload: async () => {} };
  }
  return relayLink(line, far);
}

async function createVeth(line: LabLine, far: FarSide): Promise<void> {
  const mtu = ['mtu', String(line.mtu_bytes)];
  const peer = ['peer', 'name', LINE_DEVICE, 'netns', String(far.pid)];
  await LOCAL_SIDE.run(['ip', 'link', 'add', LINE_DEVICE, ...mtu, 'type', 'veth', ...peer]);
  await configure(LOCAL_SIDE, NEAR_ADDRESS, line.mtu_bytes);
  await configure(far, FAR_ADDRESS, line.mtu_bytes);
}

function vethLink(line: LabLine, sides: readonly Side[], impairedBy: 'tbf' | 'netem' | null): Link {
  return {
    facts: { ...line, kind: 'veth', impaired_by: impairedBy },
    relay: null,
    counts: async () => null,
    offload: async (on) => {
      // 65535 is GSO_MAX_SEGS, the default of devices.
      const segments = on ? '65535' : '1';
      for (const side of sides) await side.run(['ip', 'link', 'set', LINE_DEVICE, 'gso_max_segs', segments]);
    },
  };
}

async function relayLink(line: LabLine, far: FarSide): Promise<Link> {
  const relay = await startRelay({
    devices: [LINE_DEVICE, FAR_DEVICE_AT_BIRTH],
    mtu: line.mtu_bytes,
    impairment: { rateBps: line.rate_bps, delayNs: line.delay_ns, lossRatio: line.loss_ratio, queueNs: QUEUE_NS },
    seed: SEED,
  });
  const queue = ['txqueuelen', String(RELAY_DEVICE_PACKETS)];
  await LOCAL_SIDE.run(['ip', 'link', 'set', LINE_DEVICE, ...queue]);
  await LOCAL_SIDE.run(['ip', 'link', 'set', FAR_DEVICE_AT_BIRTH, ...queue]);
  await LOCAL_SIDE.run(['ip', 'link', 'set', FAR_DEVICE_AT_BIRTH, 'netns', String(far.pid), 'name', LINE_DEVICE]);
  await configure(LOCAL_SIDE, NEAR_ADDRESS, line.mtu_bytes);
  await configure(far, FAR_ADDRESS, line.mtu_bytes);
  return {
    facts: { ...line, kind: 'relay', impaired_by: 'relay' },
    relay,
    counts: relay.counts,
    // Without a virtio-net header there are no GSO packets.
    offload: async () => {},
  };
}

async function configure(side: Side, address: string, mtu: number): Promise<void> {
  await side.run(['ip', 'addr', 'add', `${address}/${PREFIX_BITS}`, 'dev', LINE_DEVICE]);
  await side.run(['ip', 'link', 'set', LINE_DEVICE, 'mtu', String(mtu), 'up']);
}

/** Whether this kernel has a queueing discipline: tries it on the loopback device of the near end. */
async function hasQueue(kind: 'tbf' | 'netem'): Promise<boolean> {
  const options = kind === 'tbf' ? ['rate', '1gbit', 'burst', '1mb', 'latency', '1ms'] : ['delay', '1ms'];
  try {
    await LOCAL_SIDE.run(['tc', 'qdisc', 'add', 'dev', 'lo', 'root', kind, ...options]);
    await LOCAL_SIDE.run(['tc', 'qdisc', 'del', 'dev', 'lo', 'root']);
    return true;
  } catch {
    // No such module, or no tc: the relay is used instead.
    return false;
  }
}

async function shape(sides: readonly Side[], discipline: readonly string[]): Promise<void> {
  for (const side of sides) await side.run(['tc', 'qdisc', 'replace', 'dev', LINE_DEVICE, 'root', ...discipline]);
}

function tbf(rateBps: number): readonly string[] {
  const burst = Math.max(LEAST_BURST_BYTES, Math.ceil((rateBps / 8) * (BURST_NS / NS_PER_S)));
  return ['tbf', 'rate', `${rateBps}bit`, 'burst', `${burst}b`, 'latency', `${QUEUE_NS / NS_PER_MS}ms`];
}

function netem({ rate_bps, delay_ns, loss_ratio, mtu_bytes }: LabLine): readonly string[] {
  // The limit of netem is in packets, including delayed ones.
  const held = ((rate_bps ?? 1e10) / 8 / mtu_bytes) * ((delay_ns + QUEUE_NS) / NS_PER_S);
  return [
    'netem',
    ...['limit', String(Math.max(1000, Math.ceil(held)))],
    ...['delay', `${Math.round(delay_ns / NS_PER_US)}us`],
    ...(loss_ratio > 0 ? ['loss', 'random', `${loss_ratio * 100}%`] : []),
    ...(rate_bps === null ? [] : ['rate', `${rate_bps}bit`]),
  ];
}
