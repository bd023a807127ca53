/**
 * Refusals of this host, and of the server's, that need two hosts or another user to stage: each comes to the user with what to
 * do.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingPeers } from './support/peers.ts';
import { OUTER, type Side, TunnelLab } from './support/tunnel-lab.ts';
import { documentOf, type Run, runOf, Winze } from './support/winze.ts';

const BIN = new URL('../../bin/winze.js', import.meta.url).pathname;
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
const LINE = OUTER[4].far;
/** Of servers, each with rules of its own. */
const PORTS = { plain: 8888, blockedHere: 8889, blockedThere: 8890, few: 8891 } as const;

const skipped = missingPeers(['ip', 'nft', 'setpriv']);

describe.skipIf(skipped)('a refusal', () => {
  const lab = new TunnelLab();
  const winze = new Winze({ start: (side, argv) => lab.network.start(side, argv) });

  beforeAll(async () => {
    lab.create();
    // The near end may send what the far one may not.
    lab.network.run('near', ['ip', 'link', 'set', 'veth0', 'mtu', '3000']);
    rule('near', 'output', `udp dport ${PORTS.blockedHere}`);
    rule('far', 'output', `udp sport ${PORTS.blockedThere} udp length > 500`);
    for (const port of [PORTS.plain, PORTS.blockedHere, PORTS.blockedThere]) await winze.serve('-port', `${port}`);
    const few = ['sh', '-c', 'ulimit -n 40; exec "$@"', 'sh', process.execPath, BIN, '-s', '-port', `${PORTS.few}`];
    await lab.network.start('far', few).says(/Listening/);
  });
  afterAll(() => lab.destroy());

  function rule(side: Side, hook: 'input' | 'output', match: string): void {
    const chain = `chain ${hook} {\ntype filter hook ${hook} priority 0\n${match} drop\n}`;
    lab.network.run(side, ['nft', '-f', '-'], `table inet faults {\n${chain}\n}\n`);
  }

  async function client(before: readonly string[], port: number, ...options: readonly string[]): Promise<Run> {
    const argv = ['-c', LINE, '-port', `${port}`, '-d', '500ms', '--json', '-q', ...options];
    return runOf(await lab.network.start('near', [...before, process.execPath, BIN, ...argv]).end());
  }

  test.concurrent.each(['auto', 'portable'])('of UDP by the own firewall is told as that, %s', async (engine) => {
    const run = await client([], PORTS.blockedHere, '-p', 'udp,tcp', '--engine', engine);
    expect(run.status, run.stderr).toBe(6);
    const { tests, failures } = documentOf(run);
    expect(tests.map(({ protocol, complete }) => [protocol, complete])).toEqual([['tcp', true]]);
    expect(failures[0]?.error.message).toMatch(
      /^a firewall or a rule of this host forbids UDP to 192\.0\.2\.2:8889 \(EPERM\): see nft list ruleset/,
    );
  });

  test.concurrent('of the firewall at the server, in the middle of the test, is told with its reason', async () => {
    const run = await client([], PORTS.blockedThere, '-p', 'udp', '-r');
    expect(run.status, run.stderr).toBe(6);
    expect(documentOf(run).error?.message).toMatch(
      /^the server could not carry out its part of the test: cannot send: EPERM: a firewall of the sending host forbids it/,
    );
  });

  test.concurrent('of a datagram that the server may not fragment is told with the path MTU', async () => {
    const run = await client([], PORTS.plain, '-p', 'udp', '-r', '-l', '2000', '--dont-fragment');
    expect(run.status, run.stderr).toBe(6);
    expect(documentOf(run).error?.message).toMatch(
      /its part of the test: a datagram of 2000 B does not fit the path MTU of 1500 and may not be fragmented: use -l 1472 or less/,
    );
  });

  test.concurrent('of descriptors at the server is told as that, and not as a closed port', async () => {
    const run = await client([], PORTS.few, '-p', 'udp', '-n', '30');
    expect(run.stderr).toMatch(
      /cannot open a udp socket: EMFILE: this process may have no more descriptors \(ulimit -n\)/,
    );
  });

  const allowed = readFileSync('/proc/sys/net/ipv4/tcp_allowed_congestion_control', 'utf8').split(/\s+/);
  const available = readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8').trim().split(/\s+/);
  const forRoot = available.find((name) => !allowed.includes(name));

  test.skipIf(forRoot === undefined)('of congestion control that takes root does not advise to load it', async () => {
    const run = await client(NOBODY, PORTS.plain, '--congestion', `${forRoot}`);
    expect([run.status, run.stderr]).toEqual([
      5,
      `winze: cannot use congestion control ${forRoot}: EPERM: it takes root, or to be in net.ipv4.tcp_allowed_congestion_control\n`,
    ]);
  });

  test('of congestion control that is not there advises to load it', async () => {
    const run = await client([], PORTS.plain, '--congestion', 'nosuch');
    expect(run.stderr).toMatch(/nosuch: ENOENT: there is none of that name here; load it \(modprobe tcp_nosuch\)/);
  });
});
