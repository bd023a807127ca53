/**
 * The line between both ends: a veth pair with a rate, or where delay or loss is asked for, netem or a
 * relay of our own.
 *
 * @see tc-tbf(8), tc-netem(8), ip-link(8)
 * @module
 */
import type { LabLine, LabLink } from '../../../core/shapes/lab.ts';
import { NS_PER_MS, NS_PER_S, NS_PER_US } from '../../../core/time.ts';
import type { FarSide } from '../sides/far-side.ts';
import { HERE, type Side } from '../sides/side.ts';
import type { RelayCounts } from './relay.ts';
import { type RunningRelay, startRelay } from './relay-host.ts';

/** Of the line, at both ends. */
export const LINE_DEVICE = 'line0';
export const NEAR_ADDRESS = '192.0.2.1';
export const FAR_ADDRESS = '192.0.2.2';
const PREFIX_BITS = 24;
/** Name that the far device has before it is moved to the far end. */
const FAR_DEVICE_AT_BIRTH = 'line1';

/** What a packet may wait before the bottleneck: a router's usual buffer. */
const QUEUE_NS = 50 * NS_PER_MS;
/** tbf sends at timer ticks: what passes in 4 ms (250 Hz), and at least a full GSO packet's worth of frames. */
const BURST_NS = 4 * NS_PER_MS;
const LEAST_BURST_BYTES = 32_768;
/** A TUN device holds packets until the relay reads them; the line's queue is in the relay. */
const RELAY_DEVICE_PACKETS = 10_000;
const SEED = 1;

export interface Link {
  readonly facts: Omit<LabLink, 'relay' | 'added_rtt_ns'>;
  /** `null` without a relay. */
  readonly relay: RunningRelay | null;
  /** Of the relay; `null` without. */
  readonly counts: () => Promise<RelayCounts | null>;
  /** While off, devices count every packet, and super-packets are cut before they reach them. */
  readonly offload: (on: boolean) => Promise<void>;
}

/** Makes the line, up and with addresses. @throws NetError `ERR_UNSUPPORTED` saying what is missing */
export async function makeLink(line: LabLine, far: FarSide): Promise<Link> {
  const sides = [HERE, far] as const;
  const impaired = line.delay_ns > 0 || line.loss_ratio > 0;
  for (const side of sides) await side.run(['ip', 'link', 'set', 'lo', 'up']);
  if (!impaired && (line.rate_bps === null || (await hasQueue('tbf')))) {
    await makeVeth(line, far);
    if (line.rate_bps !== null) await shape(sides, tbf(line.rate_bps));
    return vethLink(line, sides, line.rate_bps === null ? null : 'tbf');
  }
  if (await hasQueue('netem')) {
    await makeVeth(line, far);
    await shape(sides, netem(line));
    const link = vethLink(line, sides, 'netem');
    // netem loses and delays whole super-packets of 64 KiB.
    await link.offload(false);
    return { ...link, offload: async () => {} };
  }
  return relayLink(line, far);
}

async function makeVeth(line: LabLine, far: FarSide): Promise<void> {
  const mtu = ['mtu', String(line.mtu_bytes)];
  const peer = ['peer', 'name', LINE_DEVICE, 'netns', String(far.pid)];
  await HERE.run(['ip', 'link', 'add', LINE_DEVICE, ...mtu, 'type', 'veth', ...peer]);
  await configure(HERE, NEAR_ADDRESS, line.mtu_bytes);
  await configure(far, FAR_ADDRESS, line.mtu_bytes);
}

function vethLink(line: LabLine, sides: readonly Side[], impairedBy: 'tbf' | 'netem' | null): Link {
  return {
    facts: { ...line, kind: 'veth', impaired_by: impairedBy },
    relay: null,
    counts: async () => null,
    offload: async (on) => {
      // 65535 is GSO_MAX_SEGS, the value that devices are made with.
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
  await HERE.run(['ip', 'link', 'set', LINE_DEVICE, ...queue]);
  await HERE.run(['ip', 'link', 'set', FAR_DEVICE_AT_BIRTH, ...queue]);
  await HERE.run(['ip', 'link', 'set', FAR_DEVICE_AT_BIRTH, 'netns', String(far.pid), 'name', LINE_DEVICE]);
  await configure(HERE, NEAR_ADDRESS, line.mtu_bytes);
  await configure(far, FAR_ADDRESS, line.mtu_bytes);
  return {
    facts: { ...line, kind: 'relay', impaired_by: 'relay' },
    relay,
    counts: relay.counts,
    // Without a virtio-net header there are no super-packets to begin with.
    offload: async () => {},
  };
}

async function configure(side: Side, address: string, mtu: number): Promise<void> {
  await side.run(['ip', 'addr', 'add', `${address}/${PREFIX_BITS}`, 'dev', LINE_DEVICE]);
  await side.run(['ip', 'link', 'set', LINE_DEVICE, 'mtu', String(mtu), 'up']);
}

/** Whether this kernel has a queueing discipline, found out on the loopback device of the near end. */
async function hasQueue(kind: 'tbf' | 'netem'): Promise<boolean> {
  const options = kind === 'tbf' ? ['rate', '1gbit', 'burst', '1mb', 'latency', '1ms'] : ['delay', '1ms'];
  try {
    await HERE.run(['tc', 'qdisc', 'add', 'dev', 'lo', 'root', kind, ...options]);
    await HERE.run(['tc', 'qdisc', 'del', 'dev', 'lo', 'root']);
    return true;
  } catch {
    // No such module, or no tc: the relay does the same.
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
  // Its limit counts packets, those that are merely delayed as well.
  const held = ((rate_bps ?? 1e10) / 8 / mtu_bytes) * ((delay_ns + QUEUE_NS) / NS_PER_S);
  return [
    'netem',
    ...['limit', String(Math.max(1000, Math.ceil(held)))],
    ...['delay', `${Math.round(delay_ns / NS_PER_US)}us`],
    ...(loss_ratio > 0 ? ['loss', 'random', `${loss_ratio * 100}%`] : []),
    ...(rate_bps === null ? [] : ['rate', `${rate_bps}bit`]),
  ];
}
