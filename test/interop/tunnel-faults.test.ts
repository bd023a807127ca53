/**
 * Tunnels that do not work, each for one reason, asked for by `--via`: the line is measured all the same, and the tunnel's
 * row names the reason.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from './support/commands.ts';
import { leftOutWith, PAIRS, PEER, SLOWER } from './support/pairs.ts';
import { missingPeers } from './support/peers.ts';
import type { PeerOptions } from './support/tunnel-end.ts';
import { drop, FAULTS, type Fault, type Staged } from './support/tunnel-faults.ts';
import { type Ends, endpointOf, OUTER, type Side, TunnelLab } from './support/tunnel-lab.ts';
import { documentOf, type Run, runOf, Winze } from './support/winze.ts';

const LINE = OUTER[4].far;
/** Of most faults. With the kernel, each end in turn is its, and the other one is winze. */
const ENDS: readonly Ends[] = PEER === 'kernel' ? PAIRS : [{ near: PEER, far: PEER }];
/** For the line to answer, also where one of its ends is emulated. */
const TIMEOUT = PEER === 'kernel' ? '12s' : '3s';
/** In which a full packet is sent and missed. */
const DURATION = PEER === 'kernel' ? '2s' : '500ms';

const skipped = missingPeers(['ip', PEER, 'wg', 'nft', 'setpriv']);

leftOutWith('kernel', 'faults of the end that is winze', 'the kernel at the other would show nothing of it');

/** With the kernel, those in which its end makes the difference. */
function faultsOf({ near }: Ends): readonly (readonly [string, Fault])[] {
  const all = Object.entries(FAULTS);
  if (PEER !== 'kernel') return all;
  const side = near === PEER ? 'near' : 'far';
  return all.filter(([, { shows = side }]) => shows === side);
}

describe.skipIf(skipped).each(ENDS)('tunnels with a fault, from $near to $far', (ends) => {
  const lab = new TunnelLab({ ends });
  const faults = faultsOf(ends);
  /** What the client says of the line and of its own device is the same with whomever it is joined. */
  const isOld = PEER === 'kernel' && ends.near === 'winze';
  const staged = new Map<string, Staged>();
  let large: Staged | undefined;
  let sound: Staged | undefined;
  let late: Staged | undefined;
  const winze = new Winze({ start: (side, argv) => lab.network.start(side, argv) });

  beforeAll(async () => {
    lab.create();
    await winze.serve();
    await Promise.all(
      faults.map(async ([name, fault], index) => {
        const number = index + 1;
        staged.set(name, await stage(lab, ends, number, fault));
      }),
    );
    large = await stage(lab, ends, staged.size + 1, {
      says: () => /^$/,
      after: (_, { port }) => drop(lab, `ip saddr 192.0.2.1 udp dport ${port} ip length > 1350`),
    });
    if (PEER === 'kernel') return;
    await winze.serve('-ip', LINE, '-port', '8899');
    sound = await stage(lab, ends, staged.size + 2, { says: () => /^$/ });
    late = await stage(lab, ends, staged.size + 3, {
      says: () => /^$/,
      after: (_, { inside }) => drop(lab, `ip saddr ${inside.near} tcp dport 8888`, 'late'),
    });
  }, 120_000 * SLOWER);
  afterAll(() => lab.destroy());

  function compare(name: string, ...before: readonly string[]): Promise<Run> {
    return compareVia(staged.get(name)?.inside.far ?? '', TIMEOUT, ...before);
  }

  async function compareVia(via: string, timeout: string, ...before: readonly string[]): Promise<Run> {
    const argv = ['-c', LINE, '--via', via, '--connect-timeout', timeout, '-t', 'b', '--bytes', '100K', '--json', '-q'];
    const bin = new URL('../../bin/winze.js', import.meta.url).pathname;
    return runOf(await lab.network.start('near', [...before, process.execPath, bin, ...argv]).end());
  }

  test.concurrent.each(faults)('%s', async (name, { says }) => {
    const run = await compare(name);
    const { paths, tests, error } = documentOf(run);
    console.info(`${name}: ${error?.message}`);
    expect(run.status, run.stderr).toBe(6);
    expect(tests.map(({ path, complete }) => [path, complete])).toEqual(new Array(3).fill([LINE, true]));
    expect(error).toEqual(paths[1]?.error);
    const found = staged.get(name);
    expect(error?.message).toMatch(found ? says(found) : /^$/);
  });

  const protocols = [
    ['tcp', []],
    ['udp', ['-b', '5M']],
  ] as const;
  test.skipIf(isOld).concurrent.each(protocols.slice(PEER === 'kernel' ? 1 : 0))(
    'an MTU that the line does not carry, %s',
    async (protocol, options) => {
      const via = large?.inside.far ?? '';
      const argv = ['-c', LINE, '--via', via, '-t', 'b', '-p', protocol, '-d', DURATION, ...options];
      const run = await winze.client(...argv);
      const { paths, tests, error } = documentOf(run);
      console.info(`${protocol}: ${error?.message}`);
      expect([run.status, paths.map((path) => path.error)]).toEqual([6, [null, null]]);
      expect(tests.filter(({ complete }) => complete).map(({ path }) => path)).toEqual([LINE, LINE, LINE]);
      expect(error?.code).toBe('ERR_NOTHING_RECEIVED');
      expect(error?.message).toMatch(
        /Small packets pass, and large ones do not: the MTU of w\w+, 1420, is likely larger than the way carries\. Try a smaller one \(ip link set dev w\w+ mtu 1280\)/,
      );
    },
  );

  test
    .skipIf(PEER === 'kernel')
    .concurrent('no fault of the tunnel, but a server that listens on the line alone', async () => {
      const via = sound?.inside.far ?? '';
      const run = await winze.client('-c', LINE, '--via', via, '-port', '8899', '-t', 'b', '--bytes', '100K');
      const { error, tests } = documentOf(run);
      expect([run.status, tests.length]).toEqual([6, 3]);
      expect(error?.message).toMatch(
        /carries packets, and the far host refuses: the server does not listen on 10\.0\.\d+\.2\. Start it without -ip/,
      );
    });

  const tooSlow = leftOutWith('kernel', 'an answer that comes late', 'emulated, every answer comes late');
  test.skipIf(tooSlow).concurrent('no fault at all, but an answer that comes late', async () => {
    const via = late?.inside.far ?? '';
    const running = compareVia(via, '5s');
    // The first SYN is lost, and the one after 1 s: the look at the path begins after 1.5 s, the answer comes after 3 s.
    await sleep(2500);
    lab.network.run('far', ['nft', 'delete', 'table', 'inet', 'late']);
    const run = await running;
    expect([run.status, run.stderr]).toEqual([0, '']);
    expect(documentOf(run).paths.map((path) => path.error)).toEqual([null, null]);
  });

  test.skipIf(PEER === 'kernel').concurrent('no tunnel at all', async () => {
    const run = await winze.client('-c', LINE, '--via', '10.77.0.2', '-t', 'b', '--bytes', '100K');
    const { error, tests } = documentOf(run);
    expect([run.status, tests.length]).toEqual([6, 3]);
    expect(error?.message).toMatch(
      /^cannot connect to 10\.77\.0\.2:8888: there is no route to it: no peer of .* has 10\.77\.0\.2 in its AllowedIPs/,
    );
  });

  const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

  test.skipIf(isOld).concurrent.each([
    [
      'another preshared key',
      /no packet has ever come: there was no handshake, or nothing answers\. As root winze tells/,
    ],
    [
      'no AllowedIPs at the near end, whose device says so',
      /no peer has \S+ in its AllowedIPs, or that peer has no endpoint\. As root winze tells/,
    ],
  ] as const)('%s, without root', async (name, words) => {
    const run = await compare(name, ...NOBODY);
    const { error, tests } = documentOf(run);
    console.info(`${name}, without root: ${error?.message}`);
    expect([run.status, tests.length]).toEqual([6, 3]);
    expect(error?.message).toMatch(words);
  });
});

async function stage(lab: TunnelLab, ends: Ends, number: number, fault: Fault): Promise<Staged> {
  const port = 51820 + number;
  const privateKey = must(['wg', 'genkey']).trim();
  const [near, far] = [
    lab.end('near', PEER === 'kernel' ? ends.near : (fault.near ?? ends.near), { number, port, privateKey }),
    lab.end('far', PEER === 'kernel' ? ends.far : (fault.far ?? ends.far), { number, port }),
  ];
  const inside = { near: `10.0.${number}.1`, far: `10.0.${number}.2` };
  const peer = (publicKey: string, side: Side): PeerOptions => ({
    publicKey,
    allowedIps: [`${inside[side]}/32`],
    endpoint: endpointOf(OUTER[fault.outer ?? 4][side], port),
  });
  await far.up([{ ...peer(near.publicKey, 'near'), ...fault.farPeer }]);
  if (fault.wasAhead) {
    const environment = [`NODE_OPTIONS=--import=${CLOCK_AHEAD}`];
    const ahead = lab.end('near', 'winze', { number, port, privateKey, environment });
    await ahead.up([{ ...peer(far.publicKey, 'far'), keepaliveSeconds: 1 }]);
    await lab.reach('near', inside.far);
    // A keepalive later, the far end has no answer to wait for, after which it would begin a handshake itself.
    await sleep(3000);
    await ahead.down();
  }
  await near.up([{ ...peer(far.publicKey, 'far'), ...fault.nearPeer }]);
  const staged = { inside, port, key: { near: near.publicKey, far: far.publicKey } };
  fault.after?.(lab, staged);
  return staged;
}

/** Sets the clock of a Node process, of all its threads, an hour ahead: CLOCK_REALTIME has no namespaces. */
const CLOCK_AHEAD = `data:text/javascript,${encodeURIComponent('const n=Date.now;Date.now=()=>n()+36e5')}`;
