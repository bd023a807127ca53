/**
 * iperf3 over the same two addresses.
 *
 * @module
 */
import type { Running } from './commands.ts';
import type { Lab } from './lab.ts';

const PORT = '5202';

/** Starts a server in the far namespace. */
export async function serveIperf3(lab: Lab): Promise<Running> {
  const server = lab.start('far', ['iperf3', '-s', '-p', PORT, '--forceflush']);
  await server.says(/Server listening/);
  return server;
}

/** Goodput of TCP from near to far, by the receiver's count. */
export async function iperf3(lab: Lab, address: string, seconds: number): Promise<number> {
  const argv = ['iperf3', '-c', address, '-p', PORT, '-t', String(seconds), '-J'];
  const { stdout } = await lab.start('near', argv).end();
  const { end, error } = JSON.parse(stdout) as {
    readonly end?: { readonly sum_received?: { readonly bits_per_second?: number } };
    readonly error?: string;
  };
  const rate = end?.sum_received?.bits_per_second;
  if (rate === undefined) throw new Error(`iperf3 to ${address}: ${error ?? stdout}`);
  return rate;
}
