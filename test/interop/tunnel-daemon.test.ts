/** Tunnels that go on beside their caller: with `--daemon`, under a service manager, and in wg-quick's hands. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { must, type Running, until } from './support/commands.ts';
import { Network } from './support/network.ts';
import { missingPeers } from './support/peers.ts';
import { publicKeyOf } from './support/tunnel-end.ts';

const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'bin/winze.js');
const WIREGUARD = join(ROOT, 'bin/winze-wireguard.js');
const DATAGRAMS = join(import.meta.dirname, 'support/unix-datagrams.mjs');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

type Host = 'near' | 'far';

describe.skipIf(missingPeers(['ip', 'wg', 'wg-quick', 'bash', 'setpriv', 'unshare', 'ping']))(
  'beside its caller',
  () => {
    const network = new Network<Host>('near', 'far');
    const folder = mkdtempSync(join(tmpdir(), 'wz-daemon-'));
    const device = `wd${process.pid.toString(36)}`;
    const farDevice = `${device}f`;
    const conf = join(folder, `${device}.conf`);
    const log = join(folder, 'log');
    const pidFile = join(folder, 'pid');
    const keys = { near: must(['wg', 'genkey']).trim(), far: must(['wg', 'genkey']).trim() };
    let far: Running;

    const winze = (...words: readonly string[]) => [process.execPath, BIN, 'tunnel', ...words];
    const near = (...argv: readonly string[]) => network.attempt('near', argv);
    const isUp = (): boolean => network.attempt('near', ['ip', 'link', 'show', 'dev', device]).status === 0;
    const ping = () => network.run('near', ['ping', '-c', '1', '-W', '3', '10.7.0.2']);
    const OWN = ['ListenPort = 7001', 'Address = 10.7.0.1/24'];
    const PEER = ['AllowedIPs = 10.7.0.2/32', 'Endpoint = 192.0.2.2:7002'];

    function write(lines: readonly string[], peerLines: readonly string[] = PEER): void {
      const peer = ['[Peer]', `PublicKey = ${publicKeyOf(keys.far)}`, ...peerLines];
      writeFileSync(conf, `[Interface]\nPrivateKey = ${keys.near}\n${[...lines, ...peer].join('\n')}\n`);
      chmodSync(conf, 0o600);
    }

    beforeAll(async () => {
      network.create();
      network.join({ host: 'near', device: 'veth0' }, { host: 'far', device: 'veth0' });
      network.address('near', 'veth0', '192.0.2.1/24');
      network.address('far', 'veth0', '192.0.2.2/24');
      const farConf = join(folder, `${farDevice}.conf`);
      const own = ['[Interface]', `PrivateKey = ${keys.far}`, 'ListenPort = 7002', 'Address = 10.7.0.2/24'];
      const peer = ['[Peer]', `PublicKey = ${publicKeyOf(keys.near)}`, 'AllowedIPs = 10.7.0.1/32'];
      writeFileSync(farConf, `${[...own, ...peer].join('\n')}\n`, { mode: 0o600 });
      far = network.start('far', winze('up', farConf));
      await far.says(/ is up: UDP port 7002/);
    });
    afterEach(() => {
      near(...winze('down', '-q', device));
      for (const path of [log, pidFile]) rmSync(path, { force: true });
      expect(isUp()).toBe(false);
    });
    afterAll(async () => {
      await network.destroy();
      rmSync(folder, { recursive: true });
    });

    test('--daemon returns when it is up; its messages and those of its snippets are in the log', () => {
      write([...OWN, 'PostUp = echo from PostUp', 'PreDown = echo from PreDown >&2']);
      const { status, stdout, stderr } = near(
        ...winze('up', '--daemon', '--pid-file', pidFile, '--log-file', log, conf),
      );
      expect([status, stdout]).toEqual([0, '']);
      expect(stderr).toMatch(/^\[#\] ip tuntap add .*\n(?:\[#\] .*\n)*winze: \S+ is up: UDP port 7001/);
      ping();
      const pid = Number(readFileSync(pidFile, 'utf8'));
      // Field 6 of /proc/PID/stat: the session.
      const session = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[3];
      expect(Number(session)).toBe(pid);
      expect(statSync(log).mode & 0o777).toBe(0o600);
      expect(near(...winze('down', device)).status).toBe(0);
      expect(existsSync(pidFile)).toBe(false);
      const lines = readFileSync(log, 'utf8').split('\n');
      expect(lines).toContain('from PostUp');
      expect(lines).toContain('from PreDown');
      const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;
      expect(lines.filter((line) => /\[#\]|winze: /.test(line) && !TIME.test(line))).toEqual([]);
      expect(lines.filter((line) => /ip link delete dev/.test(line))).toHaveLength(1);
    });

    test('two that take it down at once wait for the same end, in which all is done once', async () => {
      const ran = join(folder, 'ran');
      write([...OWN, 'SaveConfig = true', `PreDown = echo begun >> ${ran}; sleep 0.5; echo done >> ${ran}`]);
      expect(near(...winze('up', '--daemon', '--log-file', log, conf)).status).toBe(0);
      must(['wg', 'set', device, 'peer', publicKeyOf(keys.far), 'persistent-keepalive', '25']);
      const downs = [1, 2].map(() => network.start('near', winze('down', device)));
      expect(await Promise.all(downs.map(async (down) => (await down.end()).status))).toEqual([0, 0]);
      expect(readFileSync(ran, 'utf8')).toBe('begun\ndone\n');
      expect(readFileSync(conf, 'utf8')).toContain('PersistentKeepalive = 25');
    });

    test('--daemon that does not come up has the exit status and the words of up', () => {
      write(['ListenPort = 70000']);
      const broken = near(...winze('up', '--daemon', '--log-file', log, conf));
      expect([broken.status, broken.stderr]).toEqual([2, expect.stringMatching(/ListenPort: "70000" is not a port/)]);
      write([...OWN, 'PostUp = exit 7']);
      const failed = near(...winze('up', '--daemon', '--log-file', log, '--pid-file', pidFile, conf));
      expect([failed.status, failed.stderr.trimEnd().split('\n').at(-1)]).toEqual([5, 'winze: exit 7: exit status 7']);
      expect([isUp(), existsSync(pidFile)]).toEqual([false, false]);
      const unwritable = near(...winze('up', '--daemon', '--log-file', '/no/such/log', conf));
      expect([unwritable.status, unwritable.stderr]).toEqual([
        5,
        expect.stringMatching(/--log-file: .*\/no\/such\/log/),
      ]);
    });

    test('a signal while it waits ends what was begun', async () => {
      write([...OWN, 'PostUp = sleep 30']);
      const starting = network.start('near', winze('up', '--daemon', '--log-file', log, conf));
      await starting.says(/\[#\] sleep 30/);
      const { status, stderr } = await starting.stop('SIGTERM');
      expect([status, stderr]).toEqual([6, expect.stringMatching(/stopped by SIGTERM/)]);
      expect(isUp()).toBe(false);
    });

    test('a service manager is told when it is up and when it ends, and by nobody else', async () => {
      const seen = join(folder, 'seen');
      write([...OWN, `PostUp = echo "socket: $NOTIFY_SOCKET" > ${seen}`]);
      const name = `@wz-notify-${process.pid}`;
      const manager = network.start('near', [process.execPath, DATAGRAMS, name]);
      await manager.says(/listening/);
      const running = network.start('near', ['env', `NOTIFY_SOCKET=${name}`, ...winze('up', conf)]);
      await manager.says(/READY=1/);
      const pid = readFileSync(`/var/run/wireguard/${device}.pid`, 'utf8').split(' ')[0];
      const [, ready] = manager.stdout.trimEnd().split('\n');
      expect(JSON.parse(ready ?? '')).toMatch(new RegExp(`^READY=1\nMAINPID=${pid}\nSTATUS=${device} is up: `));
      expect(readFileSync(seen, 'utf8')).toBe('socket: \n');
      await running.stop('SIGTERM');
      await manager.says(/STOPPING=1/);
      await manager.stop('SIGKILL');
    });

    test.each([
      ['the journal', '/run/systemd/journal/stdout', journalScript],
      ['syslog, by logger', '/dev/log', syslogScript],
    ])('without --log-file: %s', (_name, path, listener) => {
      write([...OWN, 'PostUp = echo from PostUp', 'PreDown = echo from PreDown']);
      const received = join(folder, 'received');
      rmSync(received, { force: true });
      // In a /run and a /dev of its own; what the listener needs of them is there.
      const script = [
        'mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/journal',
        'mkdir /run/d; mount --bind /dev/net /run/d; mount -t tmpfs tmpfs /dev; mkdir /dev/net; mount --bind /run/d /dev/net',
        'mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/urandom c 1 9; ln -s /proc/self/fd /dev/fd',
        `${listener(path)} > ${received} & listener=$!`,
        `for i in $(seq 100); do [ -e ${path} ] && break; sleep 0.05; done`,
        `${winze('up', '--daemon', conf).join(' ')} || exit 9`,
        `${winze('down', '-q', device).join(' ')}`,
        `for i in $(seq 100); do grep -q 'link delete dev' ${received} && break; sleep 0.05; done; kill -9 $listener`,
      ].join('\n');
      const { status, stderr } = near('unshare', '--mount', 'bash', '-c', script);
      expect([status, stderr]).toEqual([0, expect.stringMatching(/ is up: UDP port 7001/)]);
      const text = readFileSync(received, 'utf8');
      for (const words of ['from PostUp', 'from PreDown', ' is up: UDP port 7001', 'ip link delete dev']) {
        expect(text).toContain(words);
      }
    });

    function journalScript(path: string): string {
      const code = `require('net').createServer((s) => s.pipe(process.stdout, { end: false })).listen('${path}')`;
      return `${process.execPath} -e "${code}"`;
    }

    function syslogScript(path: string): string {
      return `${process.execPath} ${DATAGRAMS} ${path}`;
    }

    test('in place of wireguard-go, wg-quick brings a tunnel up and down', async () => {
      write([...OWN, 'MTU = 1400']);
      const quick = (word: string) =>
        near('env', `WG_QUICK_USERSPACE_IMPLEMENTATION=${WIREGUARD}`, 'wg-quick', word, conf);
      const up = quick('up');
      expect([up.status, up.stderr]).toEqual([0, expect.stringContaining(`[#] ${WIREGUARD} ${device}`)]);
      ping();
      expect(must(['wg', 'show', device, 'listen-port'])).toBe('7001\n');
      expect(network.run('near', ['ip', 'link', 'show', device])).toContain('mtu 1400');
      expect(quick('down').status).toBe(0);
      await until('its process has ended', () => !existsSync(`/var/run/wireguard/${device}.pid`));
      expect(existsSync(`/var/run/wireguard/${device}.sock`)).toBe(false);
    });

    test('winze-wireguard -f stays in the foreground, and is done with 0 when its device is deleted', async () => {
      const running = network.start('near', [WIREGUARD, '-f', device]);
      await running.says(/ is up: UDP port/);
      network.run('near', ['ip', 'link', 'delete', 'dev', device]);
      expect((await running.end()).status).toBe(0);
      expect(near(WIREGUARD, 'a/b')).toMatchObject({ status: 2, stderr: expect.stringMatching(/cannot be the name/) });
    });

    describe('the unit of systemd', () => {
      const unit = join(ROOT, 'systemd/winze-tunnel@.service');
      const capabilities = /^CapabilityBoundingSet=(.*)$/m.exec(readFileSync(unit, 'utf8'))?.[1]?.split(' ') ?? [];

      test.skipIf(!hasSystemd)('is one that systemd takes', () => {
        const copy = join(folder, 'winze-tunnel@.service');
        writeFileSync(copy, readFileSync(unit, 'utf8').replace('ExecStart=winze ', `ExecStart=${BIN} `));
        const { status, stderr } = near('systemd-analyze', 'verify', '--man=no', copy);
        expect([status, stderr]).toEqual([0, '']);
      });

      test('leaves the privileges that a full tunnel with snippets needs', async () => {
        const full = ['AllowedIPs = 0.0.0.0/0', 'Endpoint = 192.0.2.2:7002'];
        write([...OWN, 'PostUp = nft add table ip %i-nat', 'PostDown = nft delete table ip %i-nat'], full);
        const names = capabilities.map((name) => `+${name.replace(/^CAP_/, '').toLowerCase()}`).join(',');
        const bounds = ['setpriv', '--no-new-privs', '--bounding-set', `-all,${names}`];
        const running = network.start('near', [...bounds, ...winze('up', conf)]);
        await running.says(/ is up: UDP port/);
        ping();
        const { status, stderr } = await running.stop('SIGTERM');
        expect([status, stderr]).toEqual([0, expect.not.stringMatching(/cannot/)]);
      });
    });

    test('SaveConfig writes what wg-quick writes, for its owner alone', async () => {
      const saved = async (begin: () => Promise<() => Promise<void>>) => {
        write([...OWN, 'MTU = 1400', 'DNS = 10.7.0.9', 'SaveConfig = true', 'PostUp = true %i']);
        chmodSync(conf, 0o640);
        const end = await begin();
        must(['wg', 'set', device, 'listen-port', '7003', 'peer', publicKeyOf(keys.far), 'persistent-keepalive', '25']);
        must(['wg', 'set', device, 'peer', publicKeyOf(keys.near.replace(/^./, 'A')), 'allowed-ips', '10.8.0.0/24']);
        network.run('near', ['ip', 'address', 'add', 'fd07::1/64', 'dev', device]);
        await end();
        const lines = readFileSync(conf, 'utf8').split('\n');
        return lines.filter((line) => line !== '').sort();
      };
      // It must not reach the host's own resolver; and wg-quick wants it.
      const resolvconf = join(folder, 'resolvconf');
      writeFileSync(resolvconf, '#!/bin/sh\n[ "$1" = -l ] && echo "nameserver 10.7.0.9"\nexit 0\n', { mode: 0o755 });
      const env = ['env', `PATH=${folder}:${process.env.PATH}`, `WG_QUICK_USERSPACE_IMPLEMENTATION=${WIREGUARD}`];
      const ours = await saved(async () => {
        const running = network.start('near', [...env, ...winze('up', conf)]);
        await running.says(/ is up: UDP port/);
        expect(running.stderr).toMatch(/warning: the file is replaced at the end .* loses its comments/);
        return async () => void (await running.stop('SIGTERM'));
      });
      expect(statSync(conf).mode & 0o777).toBe(0o600);
      const theirs = await saved(async () => {
        expect(near(...env, 'wg-quick', 'up', conf)).toMatchObject({ status: 0 });
        return async () => expect(near(...env, 'wg-quick', 'down', conf)).toMatchObject({ status: 0 });
      });
      // wg-quick has a line for each address.
      const normal = (lines: readonly string[]) =>
        lines.flatMap((line) => line.replace(/^(Address) = (.*), (.*)$/, '$1 = $2\n$1 = $3').split('\n')).sort();
      expect(normal(ours)).toEqual(normal(theirs));
      expect(ours).toContain('PersistentKeepalive = 25');
    });

    test('SaveConfig leaves a file with its comments where nothing was changed', async () => {
      write(['# of the office', 'Address = 10.7.0.1/24', 'SaveConfig = true']);
      const before = readFileSync(conf, 'utf8');
      const running = network.start('near', winze('up', conf));
      await running.says(/ is up: UDP port/);
      ping();
      await running.stop('SIGTERM');
      expect(readFileSync(conf, 'utf8')).toBe(before);
    });
  },
);
