/**
 * A set of traffic, through anything: pings both ways, TCP and UDP, one connection and many.
 *
 * @module
 */
import { until } from './commands.ts';
import { PEER, SLOWER } from './pairs.ts';
import type { Side, TunnelLab } from './tunnel-lab.ts';

interface Report {
  readonly error?: string;
  readonly end?: {
    readonly sum_received?: { readonly bytes?: number };
    readonly sum?: { readonly bytes?: number };
  };
}

type Flow = readonly [connections: number, options: readonly string[]];

/** A second, or where a processor is emulated, what each flow carries at least. */
const LENGTH = PEER === 'kernel' ? ['-n', '2M'] : ['-t', '1'];
/** That each of many gets its turn. */
const TURN = PEER === 'kernel' ? ['-l', '2K'] : [];
const ONE: Flow = [1, LENGTH];
const FEW: Flow = [4, [...LENGTH, '-P', '4']];
const MANY: Flow = [50, [...LENGTH, ...TURN, '-P', '50']];
const FLOOD: Flow = [1, [...LENGTH, '-u', '-b', '0', '-l', '1200']];
const FLOWS = PEER === 'kernel' ? [ONE, MANY] : [ONE, FEW, MANY];

/** Runs all of it between two hosts. @throws Error that names the first thing that did not pass */
export async function carryTraffic(
  lab: TunnelLab,
  addresses: Readonly<Record<Side, { readonly 4: string; readonly 6: string }>>,
  { many = true } = {},
): Promise<void> {
  for (const family of [4, 6] as const) {
    for (const [from, to] of [
      ['near', 'far'],
      ['far', 'near'],
    ] as const) {
      const answers = lab.ping(from, addresses[to][family], 10);
      if (answers !== 10) throw new Error(`IPv${family} from ${from}: ${answers} of 10 pings were answered`);
    }
  }
  const families = [4, 6] as const;
  const run = (family: 4 | 6, [connections, options]: Flow): Promise<void> =>
    flow(lab, addresses.far[family], 5200 + family, connections, options);
  for (const each of many ? FLOWS : [ONE]) await Promise.all(families.map((family) => run(family, each)));
  // A flood would take another one the datagrams with which it begins.
  for (const family of families) await run(family, FLOOD);
}

async function flow(
  lab: TunnelLab,
  address: string,
  port: number,
  connections: number,
  options: readonly string[],
): Promise<void> {
  const what = `iperf3 ${[...options, address].join(' ')}`;
  const common = ['-p', String(port)];
  // One server a test: after a flood, a server may still wait for what was lost of the last one.
  const server = lab.network.start('far', ['iperf3', '-s', '-1', ...common, '--forceflush']);
  await server.says(/Server listening/, 30_000 * SLOWER);
  const client = lab.network.start('near', ['iperf3', '-c', address, ...common, '-J', ...options]);
  await until(what, () => !client.isRunning, 60_000 * SLOWER);
  const { stdout } = await client.end();
  await server.stop('SIGTERM');
  const report = JSON.parse(stdout) as Report;
  const bytes = (report.end?.sum_received ?? report.end?.sum)?.bytes ?? 0;
  if (report.error !== undefined || bytes < connections * 1000) {
    throw new Error(`${what}: ${report.error ?? `${bytes} octets arrived`}`);
  }
}
