import { describe, expect, test } from 'vitest';
import { NetError } from '../../src/core/errors.ts';
import type { UpOptions } from '../../src/run/tunnel/up/up-options.ts';
import { validStream } from '../support/schemas.ts';
import { keyText, NOW, OFFICE, octets } from '../unit/report/tunnel-samples.ts';
import { play, type Scene } from './fakes.ts';

// RFC 7748 §6.1: Alice.
const ALICE_PRIVATE = 'dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=';
const ALICE_PUBLIC = 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=';

const CONF = `[Interface]
PrivateKey = ${ALICE_PRIVATE}
ListenPort = 51820
Address = 10.0.0.1/24
[Peer]
PublicKey = ${keyText(2)}
AllowedIPs = 10.0.0.2/32
`;
const file = (text: string, mode = 0o600) => ({ bytes: new TextEncoder().encode(text), mode });
const tunnel = (line: string, scene: Scene = {}) =>
  play(['tunnel', ...line.split(' ').filter((word) => word !== '')], {
    ...scene,
    secrets: { 'wg0.conf': file(CONF), '/etc/wireguard/wg0.conf': file(CONF), ...scene.secrets },
  });

describe('winze tunnel', () => {
  test('names its commands, and each command its options', async () => {
    for (const line of ['', '--help', '-h', 'help']) {
      const { code, stdout, stderr } = await tunnel(line);
      expect([code, stderr]).toEqual([0, '']);
      for (const name of ['genkey', 'pubkey', 'genpsk', 'check', 'up', 'device', 'show', 'down']) {
        expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
      }
      for (const row of stdout.split('\n')) expect(row.length, row).toBeLessThanOrEqual(80);
    }
    const up = await tunnel('up --help');
    expect([up.code, up.stderr]).toEqual([0, '']);
    for (const option of ['--json-stream', '--keylog', '--no-reresolve', '--daemon', '--pid-file', '--quiet'])
      expect(up.stdout).toContain(option);
  });

  test.each<readonly [string, RegExp]>([
    ['fly', /unknown command 'fly'; see winze tunnel --help/],
    ['upp', /: unknown command 'upp'; did you mean up\?$/m],
    ['show --jsn', /: unknown option '--jsn'; did you mean --json\?$/m],
    ['set wg0 mtu 1400', /set: use wg set NAME \.\.\., which works with this device$/m],
    ['save wg0', /use wg showconf NAME/],
    ['strip wg0', /use wg-quick strip NAME/],
    ['status', /use winze tunnel show$/m],
    ['restart wg0', /use winze tunnel down NAME, then winze tunnel up NAME$/m],
    ['up', /missing required argument 'CONF'/],
    ['up wg0.conf --speed', /unknown option '--speed'/],
    ['up wg0.conf other', /too many arguments for 'up'\. Expected 1 argument but got 2; see/],
    ['show --json --dump', /cannot be used with/],
    ['up wg0.conf --keylog', /argument missing/],
    ['up wg0.conf --threads 17', /argument '17' is invalid\. expected a whole number, 1 to 16/],
  ])('%s: one line, exit 2', async (line, words) => {
    const { code, stdout, stderr } = await tunnel(line);
    expect([code, stdout, stderr.split('\n').length]).toEqual([2, '', 2]);
    expect(stderr).toMatch(words);
  });

  test('says so when "tunnel" is not the first word', async () => {
    const { code, stderr } = await play(['-q', 'tunnel', 'show']);
    expect([code, stderr]).toEqual([2, 'winze: "tunnel" comes first, and its options after it: winze tunnel --help\n']);
  });
});

describe('winze tunnel genkey, pubkey, genpsk', () => {
  test('make keys as wg does: a private key is clamped (RFC 7748 §5), a preshared key is not', async () => {
    // All random octets of the scene are 0xff.
    expect((await tunnel('genkey')).stdout).toBe(`+P${'/'.repeat(39)}38=\n`);
    expect((await tunnel('genpsk')).stdout).toBe(`${'/'.repeat(42)}8=\n`);
  });

  test.each([`${ALICE_PRIVATE}`, `${ALICE_PRIVATE}\n`, ` ${ALICE_PRIVATE} \r\n`])(
    'pubkey derives the public key of %j',
    async (stdin) => {
      expect(await tunnel('pubkey', { stdin })).toMatchObject({ code: 0, stdout: `${ALICE_PUBLIC}\n`, stderr: '' });
    },
  );

  test.each<readonly [string, RegExp]>([
    ['', /standard input is empty/],
    ['abc', /3 characters; a key has 44/],
    [Buffer.from(ALICE_PRIVATE, 'utf16le').toString('latin1'), /is UTF-16 text/],
    [`${'A'.repeat(42)}B=`, /last character/],
    [`${ALICE_PRIVATE}${ALICE_PRIVATE}`, /88 characters/],
    ['x'.repeat(5000), /1024 characters/],
  ])('pubkey refuses %j and says what it wants, never the key', async (stdin, words) => {
    const { code, stdout, stderr } = await tunnel('pubkey', { stdin });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(words);
    expect(stderr).toMatch(/(winze tunnel pubkey < FILE|Set-Content -Encoding ascii)\n$/);
    expect(stderr).not.toContain(ALICE_PRIVATE.slice(0, 10));
  });

  test('a secret for a file that others may read comes with a warning', async () => {
    for (const command of ['genkey', 'genpsk']) {
      expect((await tunnel(command, { stdoutFileMode: 0o644 })).stderr).toMatch(/warning.*umask 077/);
      expect((await tunnel(command, { stdoutFileMode: 0o640 })).stderr).toMatch(/warning.*umask 077/);
      expect((await tunnel(command, { stdoutFileMode: 0o600 })).stderr).toBe('');
    }
    expect((await tunnel('pubkey', { stdin: ALICE_PRIVATE, stdoutFileMode: 0o644 })).stderr).toBe('');
  });
});

describe('elsewhere than on Linux', () => {
  test.each(['up wg0', 'up --daemon nothing.conf', 'up ./wg0.txt', 'device wg0', 'device --daemon wg0', 'down wg0'])(
    '%s is refused before anything is read or begun',
    async (line) => {
      const command = line.split(' ')[0];
      for (const [platform, instead] of [
        ['win32', 'on Windows use WireGuard for Windows, which winze tunnel show reads by its wg.exe'],
        ['darwin', 'elsewhere use wireguard-go, which winze tunnel show reads'],
      ] as const) {
        const { code, stdout, stderr } = await tunnel(line, { platform, tunnel: {} });
        expect([code, stdout, stderr]).toEqual([5, '', `winze: winze tunnel ${command} needs Linux; ${instead}\n`]);
      }
    },
  );
});

describe('winze tunnel check', () => {
  test('exits 0 for a file without errors, and keeps stdout for findings', async () => {
    expect(await tunnel('check wg0.conf')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'winze: nothing to complain about\n',
    });
    const open = await tunnel('check wg0.conf', { secrets: { 'wg0.conf': file(CONF, 0o644) } });
    expect(open).toMatchObject({ code: 0, stderr: '' });
    expect(open.stdout).toBe('wg0.conf: warning: others on this host can read the private key; chmod 600 wg0.conf\n');
  });

  test('exits 1 for errors, each with line, key and fix', async () => {
    const text = CONF.replace('ListenPort = 51820', 'ListenPort = 70000').replace('10.0.0.2/32', '10.0.0.2/33');
    const { code, stdout, stderr } = await tunnel('check wg0.conf', { secrets: { 'wg0.conf': file(text) } });
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^wg0\.conf:3: error: ListenPort: "70000" is not a port; write a number/m);
    expect(stdout).toMatch(/^wg0\.conf:7: error: AllowedIPs: /m);
  });

  test('asks this host for the rest: keys, networks, the MTU beneath', async () => {
    const asked: unknown[] = [];
    const { stdout } = await tunnel('check --json wg0', {
      tunnel: {
        checkFacts: async (config, device) => {
          asked.push([config.peers.length, device]);
          return { underlayMtu: 1500, ownPublicKey: config.peers[0]?.publicKey ?? new Uint8Array(), localRoutes: [] };
        },
      },
    });
    expect(asked).toEqual([[1, 'wg0']]);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: 'winze-tunnel-check/1',
      file: '/etc/wireguard/wg0.conf',
      errors: 0,
      warnings: 1,
      findings: [{ line: 6, key: 'PublicKey', severity: 'warning' }],
    });
  });

  test('takes files of any name, and says which up does not take, and which it cannot read', async () => {
    const odd = await tunnel('check ./some-long-name-of-a-file.txt', {
      secrets: { './some-long-name-of-a-file.txt': file(CONF) },
    });
    expect(odd.code).toBe(0);
    expect(odd.stdout).toMatch(/^\.\/some-long-name-of-a-file\.txt: warning: the name of the file is none of a device/);
    expect(await tunnel('check no.conf')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'winze: cannot open no.conf: there is no such file\n',
    });
  });
});

describe('winze tunnel check, of several files', () => {
  const broken = file(CONF.replace('51820', '70000'));
  const secrets = { 'wg0.conf': file(CONF), 'wg1.conf': broken, 'wg2.conf': file(CONF, 0o644) };

  test('tells of each by its name; one with an error makes it 1', async () => {
    const { code, stdout, stderr } = await tunnel('check wg0.conf wg1.conf wg2.conf', { secrets });
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout.split('\n').map((line) => line.split(': ').slice(0, 2).join(': '))).toEqual([
      'wg1.conf:3: error',
      'wg2.conf: warning',
      '',
    ]);
    const sound = await tunnel('check wg0.conf wg0', { secrets });
    expect([sound.code, sound.stdout, sound.stderr]).toEqual([0, '', 'winze: nothing to complain about\n']);
  });

  test('one that cannot be read keeps none of the others from being looked at', async () => {
    for (const order of ['no.conf wg1.conf', 'wg1.conf no.conf']) {
      const { code, stdout, stderr } = await tunnel(`check ${order}`, { secrets });
      expect([code, stderr.split('\n').length]).toEqual([2, 2]);
      expect(stdout).toMatch(/^wg1\.conf:3: error: ListenPort/);
      expect(stderr).toBe('winze: cannot open no.conf: there is no such file\n');
    }
  });

  test('--json prints a document for each', async () => {
    const { stdout } = await tunnel('check --json wg0.conf wg1.conf', { secrets });
    const documents = stdout.split(/(?<=^}\n)/m).map((text) => JSON.parse(text));
    expect(documents.map(({ file: name, errors }) => [name, errors])).toEqual([
      ['wg0.conf', 0],
      ['wg1.conf', 1],
    ]);
  });

  test('- is standard input, which has no name and no mode', async () => {
    const { code, stdout } = await tunnel('check -', { stdin: CONF.replace('51820', '70000') });
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^<stdin>:3: error: ListenPort/)]);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(await tunnel('check -', { stdin: CONF })).toMatchObject({ code: 0, stdout: '' });
    expect(await tunnel('check - -', { stdin: CONF })).toMatchObject({ code: 2 });
  });
});

describe('winze tunnel check, of what this host cannot do', () => {
  const doubtful: Scene = {
    tunnel: {
      hostDoubts: async () => ({
        hostWarnings: [{ key: 'DNS', message: 'DNS is not set', fix: 'set it' }],
        unresolved: new Map([['vpn.example.org', 'ENOTFOUND']]),
        underlayMtu: 600,
      }),
      up: async () => {},
    },
    secrets: {
      'wg0.conf': file(CONF.replace('[Peer]', 'DNS = 10.0.0.9\n[Peer]\nEndpoint = vpn.example.org:51820')),
    },
  };

  test('says it at the line that it is about', async () => {
    const { code, stdout } = await tunnel('check wg0.conf', doubtful);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^wg0\.conf:5: warning: DNS: DNS is not set; set it$/m);
    expect(stdout).toMatch(
      /^wg0\.conf:7: warning: Endpoint: the name vpn\.example\.org does not resolve \(ENOTFOUND\); correct it/m,
    );
    expect(stdout).toMatch(/^wg0\.conf: warning: MTU: the MTU is 576/m);
  });

  test('up leaves it to the tunnel itself, so that nothing is said twice', async () => {
    expect((await tunnel('up wg0.conf', doubtful)).stderr).toBe('');
  });

  test('hands on whether names are to be asked for', async () => {
    const asked: boolean[] = [];
    const hostDoubts = async (_: unknown, lookUp: boolean) => {
      asked.push(lookUp);
      return {};
    };
    await tunnel('check wg0.conf', { tunnel: { hostDoubts } });
    await tunnel('check --no-resolve wg0.conf', { tunnel: { hostDoubts } });
    expect(asked).toEqual([true, false]);
  });
});

describe('winze tunnel up', () => {
  const upScene = (up: (options: UpOptions, signal: (name: string) => void) => Promise<void>): Scene => ({
    tunnel: (act) => ({ up: (options) => up(options, act.signal) }),
  });

  test('brings up what the file says, tells of it on stderr, and ends by a signal with 0', async () => {
    let name = '';
    const scene = upScene(async ({ config, onEvent, onKeylog, signal, ...rest }, send) => {
      name = rest.name;
      expect([config?.interface.listenPort, config?.peers.length, onKeylog]).toEqual([51_820, 1, null]);
      onEvent({ tag: 'step', words: 'ip tuntap add wg0 mode tun' });
      onEvent({ tag: 'warning', message: 'no resolvconf' });
      onEvent({ tag: 'up', device: 'wg0', mtu: 1420, listenPort: 51_820 });
      send('SIGINT');
      expect(signal.aborted).toBe(true);
    });
    const { code, stdout, stderr, signalListeners } = await tunnel('up wg0', scene);
    expect([code, stdout, name, signalListeners]).toEqual([0, '', 'wg0', 0]);
    expect(stderr).toBe(
      '[#] ip tuntap add wg0 mode tun\nwinze: warning: no resolvconf\n' +
        'winze: wg0 is up: UDP port 51820, MTU 1420; Ctrl-C, or winze tunnel down wg0, takes it down\n',
    );
  });

  test('-q prints warnings alone; --json-stream prints all on stdout', async () => {
    const scene = upScene(async ({ onEvent }) => {
      onEvent({ tag: 'step', words: 'x' });
      onEvent({ tag: 'warning', message: 'y' });
      onEvent({ tag: 'up', device: 'wg0', mtu: 1420, listenPort: 1 });
    });
    const { stdout, stderr } = await tunnel('up -q --json-stream wg0.conf', scene);
    expect(stderr).toBe('winze: warning: y\n');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['step', 'warning', 'up']);
    expect(events[0].time).toBe(new Date(NOW.seconds * 1000).toISOString());
  });

  test('hands on how many threads are to encrypt', async () => {
    const threads: (number | null)[] = [];
    const scene = upScene(async (options) => void threads.push(options.threads));
    await tunnel('up wg0', scene);
    await tunnel('up wg0 --threads 3', scene);
    expect(threads).toEqual([null, 3]);
  });

  test('hands on whether names are to be resolved again', async () => {
    const again: boolean[] = [];
    const scene = upScene(async (options) => void again.push(options.reresolve));
    await tunnel('up wg0', scene);
    await tunnel('up wg0 --no-reresolve', scene);
    expect(again).toEqual([true, false]);
  });

  test('--daemon starts the same beside, with paths that hold from any folder', async () => {
    const started: unknown[] = [];
    const startDaemon = async ({ argv, logFile }: { argv: readonly string[]; logFile: string | null }) => {
      started.push([argv.join(' '), logFile]);
      return 5;
    };
    const cwd = process.cwd();
    const run = (line: string) => tunnel(line, { tunnel: { startDaemon } });
    const codes = [
      await run('up --daemon wg0'),
      await run('up --daemon ./wg0.conf --log-file l --pid-file p --keylog k --threads 2 --no-reresolve -q'),
      await run('device --daemon wg0 --threads 3 --pid-file /run/p -q'),
      await run('device --daemon -- -x'),
      await run('up --daemon -- -x'),
    ].map(({ code }) => code);
    expect(codes).toEqual([5, 5, 5, 5, 5]);
    expect(started).toEqual([
      ['tunnel up -- wg0', null],
      [
        `tunnel up --keylog ${cwd}/k --threads 2 --no-reresolve --quiet --pid-file ${cwd}/p -- ${cwd}/wg0.conf`,
        `${cwd}/l`,
      ],
      ['tunnel device --threads 3 --quiet --pid-file /run/p -- wg0', null],
      ['tunnel device -- -x', null],
      ['tunnel up -- -x', null],
    ]);
  });

  test.each<readonly [string, RegExp]>([
    ['up --log-file l wg0', /--log-file goes with --daemon/],
    ['device --log-file l wg0', /--log-file goes with --daemon/],
    ['up --daemon --json-stream wg0', /cannot be used with/],
    ['device wg0.conf/x', /cannot be the name of a device/],
    ['device some-very-long-name', /cannot be the name of a device/],
    ['device ..', /cannot be the name of a device/],
    ['up ...conf', /the name of the file is that of the device/],
    ['up /etc/wireguard/all.conf', /the name of the file is that of the device/],
  ])('%s is refused', async (line, words) => {
    const { code, stderr } = await tunnel(line);
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
  });

  test('device brings up a device without a configuration', async () => {
    const scene = upScene(async ({ name, config, pidFile, onEvent }) => {
      expect([name, config, pidFile]).toEqual(['wg0', null, null]);
      onEvent({ tag: 'step', words: 'x' });
      onEvent({ tag: 'up', device: 'wg0', mtu: 1420, listenPort: 7 });
    });
    const { code, stderr } = await tunnel('device wg0', scene);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^winze: wg0 is up: UDP port 7.*\n$/)]);
  });

  test('with --daemon no Ctrl-C reaches it, and none is offered', async () => {
    const scene = upScene(async ({ onEvent }) => {
      onEvent({ tag: 'up', device: 'wg0', mtu: 1420, listenPort: 7 });
    });
    const { stderr } = await tunnel('device wg0', { ...scene, isDaemon: true });
    expect(stderr).toBe('winze: wg0 is up: UDP port 7, MTU 1420; winze tunnel down wg0 takes it down\n');
  });

  test('a second Ctrl-C does not wait', async () => {
    const killedBy = async (first: string, second: string, afterMs = 1000) => {
      const scene: Scene = {
        tunnel: (act) => ({
          up: async () => {
            act.signal(first);
            act.wait(afterMs);
            act.signal(second);
          },
        }),
      };
      return (await tunnel('up wg0', scene)).killed;
    };
    expect(await killedBy('SIGINT', 'SIGINT', 999)).toEqual([]);
    expect(await killedBy('SIGINT', 'SIGINT')).toEqual(['SIGINT']);
    expect(await killedBy('SIGTERM', 'SIGINT')).toEqual(['SIGINT']);
    // Two may take it down at once, as a service manager and a person.
    expect(await killedBy('SIGTERM', 'SIGTERM')).toEqual([]);
  });

  test.each(['some-very-long-name.conf', './wg0.txt', 'a/b c.conf', '.conf'])(
    '%s: its name is none of a device, exit 2',
    async (word) => {
      const { code, stderr } = await play(['tunnel', 'up', word], { secrets: { [word]: file(CONF) } });
      expect([code, stderr]).toEqual([2, expect.stringMatching(/the name of the file is that of the device/)]);
    },
  );

  test('does nothing for a file with errors, and prints them; warnings do not stop it', async () => {
    const broken = { secrets: { 'wg0.conf': file(`${CONF}Colour = red\n`) } };
    const { code, stdout, stderr } = await tunnel('up wg0.conf', broken);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^wg0\.conf:8: error: .*\nwinze: wg0\.conf has an error; nothing was done\n$/);
    const open = await tunnel('up wg0.conf', {
      ...upScene(async () => {}),
      secrets: { 'wg0.conf': file(CONF, 0o644) },
    });
    expect([open.code, open.stderr]).toEqual([0, expect.stringMatching(/chmod 600/)]);
  });

  test('of a file with many doubts prints some, the errors first, and says where the others are', async () => {
    const hosts = Array.from({ length: 40 }, (_, i) => `AllowedIPs = 10.1.${i}.1/24`).join('\n');
    const many = await tunnel('up wg0.conf', {
      ...upScene(async () => {}),
      secrets: { 'wg0.conf': file(`${CONF}${hosts}\n`) },
    });
    const lines = many.stderr.trimEnd().split('\n');
    expect([many.code, lines.length]).toEqual([0, 21]);
    expect(lines.at(-1)).toMatch(/^winze: wg0\.conf: \d+ findings more; all of them: winze tunnel check$/);
    const broken = { secrets: { 'wg0.conf': file(`${CONF}${hosts}\nColour = red\n`) } };
    expect((await tunnel('up wg0.conf', broken)).stderr).toMatch(/error: .*Colour/);
  });

  test('bounds what is printed of events that others bring about as often as they like', async () => {
    const roamed = (port: number) => ({
      tag: 'tunnel' as const,
      event: {
        tag: 'roamed' as const,
        peer: octets(2),
        at: 0,
        from: { address: '192.0.2.1', port },
        to: { address: '192.0.2.2', port },
      },
    });
    const scene = upScene(async ({ onEvent }) => {
      for (let i = 0; i < 5000; i++) onEvent(roamed(i));
      onEvent({ tag: 'warning', message: 'something else' });
    });
    const lines = (await tunnel('up wg0', scene)).stderr.trimEnd().split('\n');
    expect(lines.filter((line) => / is at /.test(line))).toHaveLength(20);
    expect(lines.slice(-2)).toEqual([
      'winze: warning: something else',
      'winze: 4980 messages more were left out; winze tunnel show has the counts',
    ]);
  });

  test('--keylog makes a file for its owner alone, with a warning', async () => {
    const scene = upScene(async ({ onKeylog }) => {
      onKeylog?.('PRESHARED_KEY = a');
      onKeylog?.('PRESHARED_KEY = b');
    });
    const { code, stderr, files, secretFiles, closedFiles } = await tunnel('up wg0 --keylog k.txt', scene);
    expect(code).toBe(0);
    expect(files.get('k.txt')).toBe('PRESHARED_KEY = a\nPRESHARED_KEY = b\n');
    expect([secretFiles, closedFiles]).toEqual([['k.txt'], ['k.txt']]);
    expect(stderr).toMatch(/^winze: warning: --keylog: who reads k\.txt can decrypt/);
  });

  test('a key log that cannot be written ends nothing; one that cannot be opened begins nothing', async () => {
    const scene = upScene(async ({ onKeylog }) => {
      onKeylog?.('a');
      onKeylog?.('b');
    });
    const { code, stderr } = await tunnel('up wg0 --keylog k.txt', { ...scene, diskFullAt: 1 });
    expect(code).toBe(0);
    expect(stderr.match(/cannot write k\.txt: ENOSPC/g)).toHaveLength(1);
    const refused = await tunnel('up wg0 --keylog k.txt', { ...scene, diskFullAt: 0 });
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringMatching(/--keylog k\.txt: cannot write/)]);
  });

  test.each([
    ['ERR_USAGE', 2],
    ['ERR_CONNECT', 3],
    ['ERR_UNSUPPORTED', 5],
    ['ERR_ABORTED', 6],
  ] as const)('fails with one line and an exit code: %s is %i', async (errorCode, exit) => {
    const scene = upScene(async () => {
      throw new NetError(errorCode, 'wg0 is up already');
    });
    const { code, stdout, stderr } = await tunnel('up wg0 --json-stream', scene);
    expect([code, stderr]).toEqual([exit, 'winze: wg0 is up already\n']);
    expect(validStream('tunnelEvent', stdout)).toEqual([
      {
        event: 'error',
        time: '2027-01-15T08:00:00.000Z',
        peer: null,
        data: { code: errorCode, message: 'wg0 is up already' },
      },
    ]);
  });
});

describe('winze tunnel show', () => {
  const asked: (string | null)[] = [];
  const show: Scene = {
    tunnel: {
      show: async (name) => {
        asked.push(name);
        return name === 'none' ? [] : [OFFICE];
      },
    },
  };

  test('prints what wg prints, keys hidden unless asked for', async () => {
    const { code, stdout } = await tunnel('show', show);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^interface: wg0\n {2}public key: .*\n {2}private key: \(hidden\)\n/);
    expect((await tunnel('show --show-keys wg0', show)).stdout).toContain(`private key: ${keyText(1)}`);
    expect(asked).toEqual([null, 'wg0']);
  });

  test('takes the words of wg show: all, interfaces, and a field', async () => {
    const scene: Scene = { tunnel: { show: async () => [OFFICE], names: async () => ['wg0', 'wg1'] } };
    expect((await tunnel('show interfaces', scene)).stdout).toBe('wg0 wg1\n');
    expect((await tunnel('show interfaces')).stdout).toBe('');
    expect((await tunnel('show all', scene)).stdout).toBe((await tunnel('show', scene)).stdout);
    expect((await tunnel('show wg0 listen-port', scene)).stdout).toBe('51820\n');
    expect((await tunnel('show all listen-port', scene)).stdout).toBe('wg0\t51820\n');
    expect((await tunnel('show wg0 dump', scene)).stdout).toBe((await tunnel('show wg0 --dump', scene)).stdout);
    expect((await tunnel('show wg0 private-key', scene)).stdout).toBe('(hidden)\n');
    expect((await tunnel('show wg0 private-key --show-keys', scene)).stdout).toBe(`${keyText(1)}\n`);
  });

  test.each<readonly [string, RegExp]>([
    ['show wg0 colour', /no field is called colour; there are dump, public-key, .*persistent-keepalive/],
    ['show interfaces peers', /prints names alone/],
    ['show interfaces --json', /prints names alone/],
    ['show wg0 peers --json', /cannot be used with --json/],
    ['show wg0 peers --dump', /cannot be used with --dump/],
  ])('%s is refused', async (line, words) => {
    const { code, stderr } = await tunnel(line, show);
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
  });

  test('prints the devices that answer, and a line and an exit code for one that does not', async () => {
    const half: Scene = {
      tunnel: {
        show: async (_, onFailure) => {
          onFailure(new NetError('ERR_UNSUPPORTED', 'wg1.sock: EACCES; run as root'), 'wg1');
          return [OFFICE];
        },
      },
    };
    const { code, stdout, stderr } = await tunnel('show', half);
    expect([code, stderr]).toEqual([5, 'winze: wg1.sock: EACCES; run as root\n']);
    expect(stdout).toMatch(/^interface: wg0\n/);
  });

  test('says in one line which devices may not be read', async () => {
    const shut: Scene = {
      tunnel: {
        show: async (_, onFailure) => {
          for (const name of ['wg0', 'wg1'])
            onFailure(new NetError('ERR_UNSUPPORTED', `${name}.sock: permission denied; run as root`), name);
          return [];
        },
      },
    };
    const { code, stderr } = await tunnel('show', shut);
    expect([code, stderr]).toEqual([5, 'winze: wg0, wg1: permission denied; run as root\n']);
  });

  test('--dump has the name of the device only without one', async () => {
    expect((await tunnel('show --dump', show)).stdout).toMatch(/^wg0\t/);
    expect((await tunnel('show --dump wg0', show)).stdout).not.toMatch(/^wg0/m);
  });

  test.each(['show wg0', 'show --dump wg0', 'show --json wg0'])(
    '%s has keys with --show-keys only, and a warning where others may read them',
    async (line) => {
      const open = { ...show, stdoutFileMode: 0o644 };
      const hidden = await tunnel(line, open);
      expect([hidden.code, hidden.stderr]).toEqual([0, '']);
      for (const secret of [keyText(1), keyText(9)]) expect(hidden.stdout).not.toContain(secret);
      const shown = await tunnel(`${line} --show-keys`, open);
      expect([shown.code, shown.stderr]).toEqual([0, expect.stringMatching(/warning.*umask 077/)]);
      for (const secret of [keyText(1), keyText(9)]) expect(shown.stdout).toContain(secret);
    },
  );

  test('--json is a document, also of no device', async () => {
    expect(JSON.parse((await tunnel('show --json', show)).stdout)).toMatchObject({ devices: [{ name: 'wg0' }] });
    expect(JSON.parse((await tunnel('show --json none', show)).stdout)).toEqual({
      schema: 'winze-tunnel/1',
      devices: [],
    });
  });
});

describe('winze tunnel down', () => {
  test.each(['wg0', 'wg0.conf', './x/wg0.conf', '/etc/wireguard/wg0.conf'])('%s ends wg0', async (word) => {
    const ended: string[] = [];
    const scene: Scene = { tunnel: { down: async (device) => void ended.push(device) } };
    expect(await tunnel(`down ${word}`, scene)).toMatchObject({ code: 0, stdout: '', stderr: 'winze: wg0 is down\n' });
    expect((await tunnel(`down -q ${word}`, scene)).stderr).toBe('');
    expect(ended).toEqual(['wg0', 'wg0']);
  });

  test('fails with one line', async () => {
    const down = async (): Promise<never> => {
      throw new NetError('ERR_USAGE', 'wg0 is not up');
    };
    expect(await tunnel('down wg0', { tunnel: { down } })).toMatchObject({ code: 2, stderr: 'winze: wg0 is not up\n' });
  });
});
