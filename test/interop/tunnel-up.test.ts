/**
 * `winze tunnel up` and what it does to the host: as wg-quick(8) does, and undone whatever ends it.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { attempt, must, type Output, type Running, until } from './support/commands.ts';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';
import { publicKeyOf } from './support/tunnel-end.ts';

const skipped = missingPeers(['ip', 'nft', 'wg', 'wg-quick', 'wireguard-go', 'bash', 'setpriv', 'unshare']);

const BIN = join(import.meta.dirname, '../../bin/winze.js');
const RUN_FOLDER = '/var/run/wireguard';

type Host = 'near' | 'far';

describe.skipIf(skipped)('winze tunnel up', () => {
  const network = new Network<Host>('near', 'far');
  const folder = mkdtempSync(join(tmpdir(), 'wz-up-'));
  const device = `wu${process.pid.toString(36)}`;
  const farDevice = `${device}f`;
  const conf = join(folder, `${device}.conf`);
  const hooks = join(folder, 'hooks');
  let privateKey = '';
  let farKey = '';
  let before: Readonly<Record<string, string>> = {};
  let running: Running | undefined;

  beforeAll(async () => {
    // The command runs as somebody else, too.
    chmodSync(folder, 0o755);
    network.create();
    network.join({ host: 'near', device: 'veth0' }, { host: 'far', device: 'veth0' });
    network.address('near', 'veth0', '192.0.2.1/24', '2001:db8::1/64');
    network.address('far', 'veth0', '192.0.2.2/24', '2001:db8::2/64');
    network.run('near', ['ip', 'route', 'add', 'default', 'via', '192.0.2.2']);
    privateKey = must(['wg', 'genkey']).trim();
    farKey = must(['wg', 'genkey']).trim();
    // The line has its link-local address some time after it is up.
    const routes = ['ip', '-6', 'route', 'show', 'table', 'local', 'type', 'local'];
    await until('veth0 has all its addresses', () => network.run('near', routes).includes('local fe80'));
    before = state('near');
  });
  afterEach(async () => {
    await running?.stop('SIGTERM');
    running = undefined;
    rmSync(hooks, { force: true });
    await settled();
  });
  afterAll(async () => {
    await network.destroy();
    rmSync(folder, { recursive: true });
  });

  /** Everything that a tunnel may leave on a host. */
  function state(host: Host): Readonly<Record<string, string>> {
    const run = (...argv: readonly string[]): string => network.run(host, argv);
    return {
      links: run('ip', '-o', '-br', 'link'),
      rules: run('ip', '-4', 'rule') + run('ip', '-6', 'rule'),
      routes: run('ip', '-4', 'route', 'show', 'table', 'all') + run('ip', '-6', 'route', 'show', 'table', 'all'),
      firewall: run('nft', 'list', 'ruleset'),
      setting: run('cat', '/proc/sys/net/ipv4/conf/all/src_valid_mark'),
      processes: must(['ip', 'netns', 'pids', network.namespace(host)]),
      files: existsSync(RUN_FOLDER)
        ? readdirSync(RUN_FOLDER)
            .filter((file) => file.startsWith(device))
            .join()
        : '',
    };
  }

  /** Nothing is left of what was done, or will soon be. */
  async function settled(): Promise<void> {
    const isAsBefore = (): boolean => JSON.stringify(state('near')) === JSON.stringify(before);
    await until('the host is as before', isAsBefore, 8000).catch(() => expect(state('near')).toEqual(before));
  }

  function write(interfaceLines: readonly string[], peerLines: readonly string[] = [], mode = 0o600): void {
    const peer = ['[Peer]', `PublicKey = ${publicKeyOf(farKey)}`, ...peerLines];
    const lines = [
      '[Interface]',
      `PrivateKey = ${privateKey}`,
      ...interfaceLines,
      ...(peerLines.length > 0 ? peer : []),
    ];
    writeFileSync(conf, `${lines.join('\n')}\n`);
    chmodSync(conf, mode);
  }

  const winze = (...argv: readonly string[]): readonly string[] => [process.execPath, BIN, 'tunnel', ...argv];
  const attemptUp = (...before: readonly string[]): Output =>
    network.attempt('near', [...before, ...winze('up', conf)]);

  async function up(...before: readonly string[]): Promise<Running> {
    running = network.start('near', [...before, ...winze('up', conf)]);
    await running.says(/ is up: UDP port/);
    return running;
  }

  /** Of the tunnel that is up: who carries it, and who undoes what that leaves. */
  function processes(): { readonly carrier: number; readonly guardian: number } {
    const [carrier = 0, guardian = 0] = readFileSync(join(RUN_FOLDER, `${device}.pid`), 'utf8')
      .split('\n')
      .map((line) => Number(line.split(' ')[0]));
    return { carrier, guardian };
  }
  const carrier = (): number => processes().carrier;
  const ran = (): readonly string[] => (existsSync(hooks) ? readFileSync(hooks, 'utf8').trim().split('\n') : []);
  const lastLine = ({ stderr }: Output): string => stderr.trimEnd().split('\n').at(-1) ?? '';
  const HOOKS = ['PreUp', 'PostUp', 'PreDown', 'PostDown'].flatMap((key) => [
    `${key} = echo ${key} %i $(ip -o link show dev %i 2>/dev/null | wc -l) >> ${hooks}`,
  ]);
  const FULL = ['AllowedIPs = 10.7.0.2/32, 10.9.0.0/16, 0.0.0.0/0, ::/0', 'Endpoint = 192.0.2.2:7002'];
  const ADDRESSES = ['ListenPort = 7001', 'Address = 10.7.0.1/24, fd07::1/64'];

  describe('does what wg-quick does', () => {
    /** Of a host that has one tunnel. wg-quick's device is one of wireguard-go, with a link-local address more. */
    function tunnelState(): Readonly<Record<string, readonly string[]>> {
      const lines = (...argv: readonly string[]): readonly string[] =>
        network
          .run('near', argv)
          .split('\n')
          .map((line) => line.replace(/ metric \d+| pref medium|\s+$/g, ''))
          .filter((line) => line !== '' && !/fe80|ff00::|veth0| lo /.test(line))
          .sort();
      const rules = ['-4', '-6'].flatMap((family) => lines('ip', family, 'rule'));
      const routes = ['-4', '-6'].flatMap((family) => lines('ip', family, 'route', 'show', 'table', 'all'));
      const firewall = lines('nft', 'list', 'ruleset').filter((line) => /drop|mark/.test(line));
      const [link = ''] = lines('ip', '-o', 'link', 'show', 'dev', device);
      return {
        rules,
        routes,
        firewall,
        mtu: [/mtu \d+/.exec(link)?.[0] ?? ''],
        mark: [must(['wg', 'show', device, 'fwmark'])],
      };
    }

    test.each([
      ['some ranges', ADDRESSES, ['AllowedIPs = 10.7.0.2/32, 10.9.0.0/16, fd09::/32', 'Endpoint = 192.0.2.2:7002']],
      ['everything', ADDRESSES, FULL],
      ['everything, with a mark', [...ADDRESSES, 'FwMark = 0x7b'], FULL],
      ['everything, in a table', [...ADDRESSES, 'Table = 77'], FULL],
      ['everything, without routes', [...ADDRESSES, 'Table = off'], FULL],
      ['an MTU of the file', [...ADDRESSES, 'MTU = 1333'], FULL],
      ['no endpoint', ADDRESSES, ['AllowedIPs = 10.9.0.0/16']],
    ])('for %s', async (_name, interfaceLines, peerLines) => {
      write(interfaceLines, peerLines);
      network.run('near', ['wg-quick', 'up', conf]);
      const theirs = tunnelState();
      network.run('near', ['wg-quick', 'down', conf]);
      // It does not undo this.
      network.run('near', ['sysctl', '-qw', 'net.ipv4.conf.all.src_valid_mark=0']);
      await until('wireguard-go has ended', () => state('near').processes === before.processes);
      await up();
      expect(tunnelState()).toEqual(theirs);
    });

    test('the MTU follows the route', async () => {
      network.run('near', ['ip', 'route', 'add', '198.51.100.0/24', 'via', '192.0.2.2', 'mtu', '1400']);
      write(ADDRESSES, ['AllowedIPs = 10.9.0.0/16', 'Endpoint = 198.51.100.9:7']);
      const { stderr } = await up();
      network.run('near', ['ip', 'route', 'del', '198.51.100.0/24']);
      expect(stderr).toContain('[#] ip link set mtu 1320 up dev');
    });
  });

  describe('undoes everything', () => {
    const withAll = (): void => write([...ADDRESSES, ...HOOKS], FULL);

    test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('after %s, in good order and with exit 0', async (signal) => {
      withAll();
      const output = await (await up()).stop(signal);
      running = undefined;
      expect([output.status, output.stdout]).toEqual([0, '']);
      expect(state('near')).toEqual(before);
      expect(ran()).toEqual([`PreUp ${device} 1`, `PostUp ${device} 1`, `PreDown ${device} 1`, `PostDown ${device} 0`]);
    });

    test('after SIGKILL', async () => {
      withAll();
      await up();
      process.kill(carrier(), 'SIGKILL');
      await settled();
      expect(ran()).toEqual([`PreUp ${device} 1`, `PostUp ${device} 1`, `PreDown ${device} 0`, `PostDown ${device} 0`]);
    });

    test('after SIGKILL of all processes that were started with it', async () => {
      withAll();
      await up('setsid', '--wait');
      process.kill(-carrier(), 'SIGKILL');
      await settled();
    });

    test('after SIGKILL while it is brought up', async () => {
      write([...ADDRESSES, ...HOOKS, 'PostUp = sleep 20'], FULL);
      running = network.start('near', winze('up', conf));
      await running.says(/\[#\] sleep 20/);
      process.kill(carrier(), 'SIGKILL');
      // The sleep belongs to nobody now.
      for (const pid of must(['ip', 'netns', 'pids', network.namespace('near')])
        .trim()
        .split('\n')
        .map(Number)) {
        if (readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n') process.kill(pid, 'SIGKILL');
      }
      await settled();
      expect(ran()).toContain(`PostDown ${device} 0`);
    });

    test('before the next one begins, when that comes at once', async () => {
      write([...ADDRESSES, 'PostDown = sleep 3'], FULL);
      await up();
      const [first, guardian] = [carrier(), processes().guardian];
      process.kill(first, 'SIGKILL');
      await up();
      await until('the first guardian has ended', () => !existsSync(`/proc/${guardian}`));
      expect(carrier()).not.toBe(first);
      expect(attempt(['wg', 'show', device]).status).toBe(0);
    });

    test('when a snippet fails', async () => {
      write([...ADDRESSES, ...HOOKS, 'PostUp = exit 7'], FULL);
      const output = attemptUp();
      expect([output.status, lastLine(output)]).toEqual([5, 'winze: exit 7: exit status 7']);
      expect(state('near')).toEqual(before);
      expect(ran().at(-1)).toBe(`PostDown ${device} 0`);
    });

    test('when it is stopped while a snippet runs', async () => {
      write([...ADDRESSES, 'PostUp = exec sleep 30'], FULL);
      const starting = network.start('near', winze('up', conf));
      await starting.says(/\[#\] exec sleep 30/);
      const output = await starting.stop('SIGTERM');
      expect([output.status, lastLine(output)]).toEqual([6, 'winze: stopped by SIGTERM']);
      expect(state('near')).toEqual(before);
    });

    test('after SIGKILL while PreDown runs, which is not run again', async () => {
      write([...ADDRESSES, ...HOOKS, `PreDown = sleep 1; echo late >> ${hooks}`], FULL);
      const tunnel = await up();
      tunnel.signal('SIGTERM');
      await tunnel.says(/\[#\] sleep 1; echo late/);
      process.kill(carrier(), 'SIGKILL');
      await settled();
      await until('what was begun has ended', () => ran().includes('late'));
      const counts = ['PreDown', 'PostDown', 'late'].map(
        (word) => ran().filter((line) => line.startsWith(word)).length,
      );
      expect(counts).toEqual([1, 1, 1]);
    });

    test('after a second SIGINT while PreDown runs, which goes on', async () => {
      write([...ADDRESSES, ...HOOKS, `PreDown = echo early >> ${hooks}; sleep 3; echo late >> ${hooks}`], FULL);
      const tunnel = await up('setsid', '--wait');
      const pid = carrier();
      process.kill(-pid, 'SIGINT');
      await tunnel.says(/\[#\] echo early/);
      await until('it runs', () => ran().includes('early'));
      // Within 1 s of the first it would be the same request.
      await new Promise((resolve) => setTimeout(resolve, 1100));
      process.kill(-pid, 'SIGINT');
      await until('what was begun has ended', () => ran().includes('late'));
      await settled();
      const counts = ['early', 'late', 'PostDown'].map((word) => ran().filter((line) => line.startsWith(word)).length);
      expect(counts).toEqual([1, 1, 1]);
    });

    test('by another guardian, when the first is killed', async () => {
      withAll();
      const tunnel = await up();
      const first = processes();
      process.kill(first.guardian, 'SIGKILL');
      await tunnel.says(
        /warning: process \d+, which undoes what this one leaves .* has ended; process \d+ does it now/,
      );
      await until('the claim has the new one', () => processes().guardian !== first.guardian);
      expect(processes().carrier).toBe(first.carrier);
      process.kill(first.carrier, 'SIGKILL');
      await settled();
      expect(ran().map((line) => line.split(' ')[0])).toEqual(['PreUp', 'PostUp', 'PreDown', 'PostDown']);
    });

    test('when its device is deleted', async () => {
      withAll();
      const tunnel = await up();
      network.run('near', ['ip', 'link', 'delete', 'dev', device]);
      const output = await tunnel.end();
      running = undefined;
      expect([output.status, lastLine(output)]).toEqual([6, `winze: the device ${device} was deleted`]);
      expect(state('near')).toEqual(before);
    });

    test('by winze tunnel down, which waits for it', async () => {
      withAll();
      const tunnel = await up();
      const { status, stderr } = attempt(winze('down', device));
      expect([status, stderr]).toEqual([0, `winze: ${device} is down\n`]);
      expect(state('near')).toEqual(before);
      expect((await tunnel.end()).status).toBe(0);
      running = undefined;
    });

    test('of DNS, which goes to resolvconf', async () => {
      const programs = join(folder, 'programs');
      const records = join(folder, 'records');
      mkdirSync(programs);
      // Keeps what `-a` is given until `-d`, and how it was called.
      writeFileSync(
        join(programs, 'resolvconf'),
        `#!/bin/sh\necho "$@" >> ${records}.calls\n[ "$1" = -d ] && exec rm ${records}\nexec cat > ${records}\n`,
      );
      chmodSync(join(programs, 'resolvconf'), 0o755);
      write([...ADDRESSES, 'DNS = 10.7.0.53, example.org'], FULL);
      await up('env', `PATH=${programs}:${process.env.PATH}`);
      expect(readFileSync(records, 'utf8')).toBe('nameserver 10.7.0.53\nsearch example.org\n');
      process.kill(carrier(), 'SIGKILL');
      await settled();
      expect(existsSync(records)).toBe(false);
      expect(readFileSync(`${records}.calls`, 'utf8')).toBe(`-a ${device} -m 0 -x\n-d ${device} -f\n`);
    });
  });

  describe('refuses with one line, an exit code, and nothing left', () => {
    test('a second one of the same name; the first goes on', async () => {
      write(ADDRESSES, FULL);
      await up();
      const meanwhile = state('near');
      const { status, stdout, stderr } = attemptUp();
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toBe(
        `winze: ${device} is up already, by process ${carrier()}; end that with: winze tunnel down ${device}\n`,
      );
      expect(state('near')).toEqual(meanwhile);
      expect(attempt(['wg', 'show', device]).status).toBe(0);
    });

    test('one from another PID namespace, as of a container; down there says who has it', async () => {
      write([...ADDRESSES, ...HOOKS], FULL);
      await up();
      const meanwhile = state('near');
      const inContainer = ['unshare', '--pid', '--fork', '--mount-proc'];
      const second = attemptUp(...inContainer);
      const who = `process ${carrier()} of another PID namespace, as of a container; run winze tunnel down there`;
      expect([second.status, second.stderr]).toEqual([2, `winze: ${device} is up already, by ${who}\n`]);
      const down = network.attempt('near', [...inContainer, ...winze('down', device)]);
      expect([down.status, down.stderr]).toEqual([
        2,
        `winze: ${device} is carried by ${who}, or delete its device: ip link delete dev ${device}\n`,
      ]);
      expect(state('near')).toEqual(meanwhile);
      expect(ran().map((line) => line.split(' ')[0])).toEqual(['PreUp', 'PostUp']);
      expect(attempt(winze('down', device)).status).toBe(0);
    });

    test('down in another PID namespace, of one that waits for a resolver: what it claimed stays', async () => {
      write(ADDRESSES, ['AllowedIPs = 0.0.0.0/0', 'Endpoint = no-such.invalid:7002']);
      const env = ['env', 'WG_ENDPOINT_RESOLUTION_RETRIES=infinity', 'RES_OPTIONS=timeout:1 attempts:1'];
      running = network.start('near', [...env, ...winze('up', conf)]);
      const claim = join(RUN_FOLDER, `${device}.pid`);
      await until('it is claimed', () => existsSync(claim));
      const meanwhile = readFileSync(claim, 'utf8');
      const inContainer = ['unshare', '--pid', '--fork', '--mount-proc'];
      const { status, stderr } = network.attempt('near', [...inContainer, ...winze('down', device)]);
      expect([status, stderr]).toEqual([
        2,
        expect.stringMatching(/ is not up, or not yet: it was claimed by process \d+ /),
      ]);
      expect(readFileSync(claim, 'utf8')).toBe(meanwhile);
      // One that took the claim over keeps it.
      writeFileSync(claim, '1 1 1\n');
      expect((await running.stop('SIGTERM')).status).toBe(6);
      expect(readFileSync(claim, 'utf8')).toBe('1 1 1\n');
      rmSync(claim);
    });

    test('down by another user, who is told whose it is', async () => {
      write([...ADDRESSES, ...HOOKS], FULL);
      await up();
      const meanwhile = state('near');
      const other = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
      const { status, stderr } = network.attempt('near', [...other, ...winze('down', device)]);
      expect([status, stderr]).toEqual([
        5,
        expect.stringMatching(
          new RegExp(`^winze: the tunnel is up, by process ${carrier()} of another user, .*; run as root\n$`),
        ),
      ]);
      expect(state('near')).toEqual(meanwhile);
    });

    test('SIGUSR1, which would open an inspector of Node', async () => {
      write(ADDRESSES, FULL);
      const tunnel = await up();
      for (const pid of Object.values(processes())) process.kill(pid, 'SIGUSR1');
      expect(attempt(['wg', 'show', device]).status).toBe(0);
      await (async () => tunnel.says(/Debugger listening/, 700))().then(
        () => expect.fail(tunnel.stderr),
        () => {},
      );
      expect(network.run('near', ['ss', '-Hltn'])).toBe('');
    });

    test('a device of another program, which down leaves alone, too', async () => {
      write([...ADDRESSES, ...HOOKS], FULL);
      const other = network.start('near', ['wireguard-go', '-f', device]);
      await until('wireguard-go is there', () => attempt(['wg', 'show', device]).status === 0);
      const output = attemptUp();
      expect([output.status, lastLine(output)]).toEqual([
        2,
        expect.stringMatching(/\.sock is in use: the tunnel is up already, by another program/),
      ]);
      expect(ran(), 'a snippet of its own might undo what the other one did').toEqual([]);
      const down = network.attempt('near', winze('down', device));
      expect([down.status, down.stderr]).toEqual([2, expect.stringMatching(/carried by another program than winze/)]);
      const show = JSON.parse(must(winze('show', '--json', device))) as { devices: readonly { name: string }[] };
      expect(show.devices.map(({ name }) => name)).toEqual([device]);
      await other.stop('SIGTERM');
    });

    test('a socket of another program, which stays; its device may be in another namespace', async () => {
      write([...ADDRESSES, ...HOOKS], FULL);
      const other = network.start('far', ['wireguard-go', '-f', device]);
      await until('wireguard-go is there', () => attempt(['wg', 'show', device]).status === 0);
      const output = attemptUp();
      expect([output.status, lastLine(output)]).toEqual([
        2,
        expect.stringMatching(/\.sock is in use: .*by another program/),
      ]);
      expect(ran()).toEqual([]);
      expect(attempt(['wg', 'show', device]).status).toBe(0);
      await other.stop('SIGTERM');
    });

    test('a port that is taken', async () => {
      write(ADDRESSES, FULL);
      const script = "require('dgram').createSocket('udp4').bind(7001, () => console.log('bound'))";
      const other = network.start('near', [process.execPath, '-e', script]);
      await other.says(/bound/);
      const output = attemptUp();
      expect([output.status, lastLine(output)]).toEqual([2, expect.stringMatching(/^winze: .*7001/)]);
      await other.stop('SIGKILL');
      expect(state('near')).toEqual(before);
    });

    test('a host without /dev/net/tun', () => {
      write(ADDRESSES, FULL);
      const hidden = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /dev/net && exec "$@"', 'sh'];
      const output = attemptUp(...hidden);
      expect([output.status, lastLine(output)]).toEqual([
        5,
        expect.stringMatching(/no \/dev\/net\/tun: .*modprobe tun/),
      ]);
      expect(state('near')).toEqual(before);
    });

    const READ_ONLY_SETTINGS =
      'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys /proc/sys && exec "$@"';

    test('settings that are read-only, as in a container: the one to be set outside is named', () => {
      write(ADDRESSES, FULL);
      const output = attemptUp('unshare', '--mount', 'sh', '-c', READ_ONLY_SETTINGS, 'sh');
      expect([output.status, lastLine(output)]).toEqual([
        5,
        expect.stringMatching(
          /^winze: cannot set net\.ipv4\.conf\.all\.src_valid_mark = 1 .*outside: sysctl -w net\.ipv4\.conf\.all\.src_valid_mark=1/,
        ),
      ]);
      expect(output.stderr).not.toMatch(/internal error|cannot undo/);
      expect(state('near')).toEqual(before);
    });

    test('a folder for the control socket that is read-only', () => {
      write(ADDRESSES, FULL);
      mkdirSync(RUN_FOLDER, { recursive: true });
      const script = `mount -t tmpfs -o ro tmpfs ${RUN_FOLDER} && exec "$@"`;
      const output = attemptUp('unshare', '--mount', 'sh', '-c', script, 'sh');
      expect([output.status, lastLine(output)]).toEqual([
        5,
        expect.stringMatching(/^winze: cannot write .*EROFS.*; it is read-only here.* tmpfs$/),
      ]);
      expect(state('near')).toEqual(before);
    });

    test('a name that a device of another kind has', () => {
      write([...ADDRESSES, ...HOOKS], FULL);
      network.run('near', ['ip', 'link', 'add', device, 'type', 'veth', 'peer', 'name', 'wu-other']);
      const output = attemptUp();
      network.run('near', ['ip', 'link', 'del', device]);
      expect([output.status, lastLine(output)]).toEqual([
        5,
        expect.stringMatching(/^winze: there is a device .* already that is no tunnel's.*call the file otherwise/),
      ]);
      expect(ran()).toEqual([]);
      expect(state('near')).toEqual(before);
    });

    test.each([
      ['without CAP_NET_ADMIN', ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin']],
      ['of another user', ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']],
    ])('a process %s', (_name, wrapper) => {
      write(ADDRESSES, FULL, 0o644);
      const output = attemptUp(...wrapper);
      expect([output.status, lastLine(output)]).toEqual([5, expect.stringMatching(/^winze: cannot .*run as root/)]);
      expect(state('near')).toEqual(before);
    });

    test('a name that does not resolve, to which a default route is to lead', () => {
      write(ADDRESSES, ['AllowedIPs = 0.0.0.0/0', 'Endpoint = no-such-host.invalid:7']);
      const output = attemptUp('env', 'WG_ENDPOINT_RESOLUTION_RETRIES=0');
      expect([output.status, lastLine(output)]).toEqual([
        3,
        expect.stringMatching(/no-such-host\.invalid does not resolve/),
      ]);
      expect(state('near')).toEqual(before);
    });

    test('down of what is not up', () => {
      const { status, stderr } = attempt(winze('down', device));
      expect([status, stderr]).toEqual([
        2,
        `winze: ${device} is not up; winze tunnel show lists the tunnels that are\n`,
      ]);
    });
  });

  test('replaces the socket of a process that was killed', async () => {
    write(ADDRESSES, FULL);
    const path = join(RUN_FOLDER, `${device}.sock`);
    mkdirSync(RUN_FOLDER, { recursive: true });
    const script = `require('net').createServer().listen('${path}', () => console.log('bound'))`;
    const dead = network.start('near', [process.execPath, '-e', script]);
    await dead.says(/bound/);
    await dead.stop('SIGKILL');
    expect(existsSync(path)).toBe(true);
    await up();
    expect(attempt(['wg', 'show', device]).status).toBe(0);
  });

  test('tells of packets that end here for want of forwarding, and of answers that do not come', async () => {
    write(ADDRESSES, ['AllowedIPs = 10.7.0.2/32, 10.99.0.0/16', 'Endpoint = 192.0.2.2:7002']);
    const farConf = join(folder, `${farDevice}.conf`);
    const peer = ['[Peer]', `PublicKey = ${publicKeyOf(privateKey)}`, 'AllowedIPs = 10.7.0.1/32'];
    const own = ['[Interface]', `PrivateKey = ${farKey}`, 'ListenPort = 7002', 'Address = 10.7.0.2/24'];
    writeFileSync(farConf, `${[...own, ...peer].join('\n')}\n`, { mode: 0o600 });
    network.run('far', ['sysctl', '-qw', 'net.ipv4.ip_forward=0']);
    const far = network.start('far', winze('up', farConf));
    let ping: Running | undefined;
    try {
      await far.says(/ is up: UDP port 7002/);
      await up();
      ping = network.start('near', ['ping', '-i', '0.2', '-W', '1', '10.99.0.9']);
      await far.says(/came out of the tunnel for other hosts.*PostUp = sysctl -w net\.ipv4\.ip_forward=1/);
      network.run('far', ['ip', 'route', 'add', '10.99.0.0/16', 'via', '192.0.2.77']);
      network.run('far', ['ip', 'neigh', 'add', '192.0.2.77', 'lladdr', '02:00:00:00:00:77', 'dev', 'veth0']);
      network.run('far', ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
      await far.says(/nothing came back into it.*masquerade/, 15_000);
    } finally {
      await ping?.stop('SIGINT');
      await far.stop('SIGTERM');
    }
    expect(JSON.parse(must(winze('show', '--json', device)))).toMatchObject({
      devices: [
        { name: device, peers: [{ handshake_rtt_ns: expect.any(Number), counts: { 'response-received': 1 } }] },
      ],
    });
  });
});
