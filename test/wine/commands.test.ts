import { spawnSync } from 'node:child_process';
import { linkSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/core/version.ts';
import { isLab } from '../support/schemas.ts';
import {
  beginHere,
  beginOnWindows,
  beginScript,
  hasNoWine,
  here,
  newFolder,
  onWindows,
  Running,
  serving,
  windowsCommand,
  windowsNode,
  windowsPath,
} from './support/windows.ts';

const KEY = 'dwdtCnMYpX08FsFyUbJmRd9ML4frwJkqsXf7pR25LCo=';
// RFC 7748 §6.1: Alice.
const PUBLIC = 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=';
const CONF = `[Interface]\nPrivateKey = ${KEY}\nAddress = 10.0.0.1/24\n\n[Peer]\nPublicKey = ${PUBLIC}\nAllowedIPs = 10.0.0.2/32\nEndpiont = 192.0.2.1:51820\n`;
const crlf = (text: string): string => text.replaceAll('\n', '\r\n');

describe.skipIf(hasNoWine)('what is refused on Windows: an exit status, and a sentence', () => {
  const instead = 'on Windows use WireGuard for Windows, which winze tunnel show reads by its wg.exe';
  test.concurrent.each<[string, number, string]>([
    ['tunnel up wg0.conf', 5, `winze tunnel up needs Linux; ${instead}`],
    ['tunnel up --daemon wg0', 5, `winze tunnel up needs Linux; ${instead}`],
    ['tunnel device --daemon wg0', 5, `winze tunnel device needs Linux; ${instead}`],
    ['tunnel down wg0', 5, `winze tunnel down needs Linux; ${instead}`],
    [
      'capture -i eth0',
      5,
      'nothing here can capture: pcap is not installed, tcpdump is not installed, dumpcap is not installed; install Wireshark with Npcap, and add its folder to PATH',
    ],
    ['tunnel show wg0', 2, 'wg0 is not a WireGuard device; there is none on this host'],
    ['--nonsense', 2, '--nonsense is not an option; see winze --help'],
    ['tunnel frobnicate', 2, "unknown command 'frobnicate'; see winze tunnel --help"],
    ['-s -o .', 5, '-o .: cannot write the file: it is a folder; name a file in it'],
    ['decode no\\capture.pcap', 2, 'cannot open no\\capture.pcap: there is no such file'],
  ])('winze %s', async (line, code, words) => {
    const { status, stdout, stderr } = await onWindows(line.split(' '));
    expect([status, stdout, stderr]).toEqual([code, '', `winze: ${words}\n`]);
  });
});

describe.skipIf(hasNoWine)('commands that need no network', () => {
  test.concurrent('--version', async () => {
    expect(await onWindows(['--version'])).toEqual({ status: 0, stdout: `winze ${VERSION}\n`, stderr: '' });
  });

  test.concurrent('keys: made there, read here', async () => {
    const stdin = join(newFolder(), 'key');
    writeFileSync(stdin, `${KEY}\r\n`);
    const [pubkey, genkey, genpsk] = await Promise.all([
      onWindows(['tunnel', 'pubkey'], { stdin }),
      onWindows(['tunnel', 'genkey']),
      onWindows(['tunnel', 'genpsk']),
    ]);
    expect(pubkey).toEqual({ status: 0, stdout: `${PUBLIC}\n`, stderr: '' });
    for (const { status, stdout, stderr } of [genkey, genpsk]) {
      // No warning of a mode: Windows has none.
      expect([status, stderr]).toEqual([0, '']);
      expect(Buffer.from(stdout, 'base64').length).toBe(32);
    }
    const octets = Buffer.from(genkey.stdout, 'base64');
    // RFC 7748 §5: as decodeScalar25519 clamps.
    expect([(octets[0] ?? 0) & 7, (octets[31] ?? 0) & 0xc0]).toEqual([0, 0x40]);
  });

  test.concurrent('tunnel check: CRLF, drives, backslashes and blanks are no findings', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'wg0.conf'), CONF);
    writeFileSync(join(folder, 'wg1.conf'), crlf(CONF));
    const ours = await here(['tunnel', 'check', '--json', 'wg0.conf'], { cwd: folder });
    const { status, stdout, stderr } = await onWindows([
      ...['tunnel', 'check', '--json', windowsPath(join(folder, 'wg1.conf'))],
    ]);
    const theirs = JSON.parse(stdout);
    expect([status, stderr, theirs.file]).toEqual([1, '', windowsPath(join(folder, 'wg1.conf'))]);
    // What this host has besides, a mode and the ways to endpoints, Windows does not tell.
    const words = (report: { readonly findings: { readonly message: string; readonly severity: string }[] }) =>
      report.findings.filter(({ severity }) => severity === 'error').map(({ message }) => message);
    expect(words(theirs)).toEqual(words(JSON.parse(ours.stdout)));
    expect(stdout).toContain('Endpoint');
    expect(stdout).not.toContain('name of the file');
  });

  test.concurrent('a program that lies in the current folder is not started', async () => {
    const cwd = newFolder();
    // Node by another name, which takes the first of its arguments for a script: winze asks for `wg show interfaces`.
    linkSync(windowsNode(), join(cwd, 'wg.exe'));
    writeFileSync(join(cwd, 'show'), "console.log('planted')");
    expect(await onWindows(['tunnel', 'show', 'interfaces'], { cwd })).toEqual({ status: 0, stdout: '', stderr: '' });
    // WINEPATH is added to the PATH of Windows: from there it is started.
    const env = { WINEPATH: windowsPath(cwd) };
    const { stdout } = await onWindows(['tunnel', 'show', 'interfaces'], { cwd, env });
    expect(stdout).toBe('planted\n');
  });

  test.concurrent('the lab: two engines over loopback', async () => {
    const { status, stdout } = await onWindows(['lab', '-d', '500ms', '--json', '-q', '--no-host-facts']);
    const document = JSON.parse(stdout);
    expect(isLab(document), JSON.stringify(isLab.errors)).toBe(true);
    expect([status, document.rows.map(({ name }: { name: string }) => name)]).toEqual([0, ['plain', 'winze']]);
  });
});

describe.skipIf(hasNoWine)('files', () => {
  const spare = ['--no-trial', '--no-host-facts'];
  const client = (port: string) => ['-c', '127.0.0.1', '-port', port, '-d', '100ms', '-q', ...spare];
  const endless = (port: string) => ['-c', '127.0.0.1', '-port', port, '-d', '60s', '--interval', '200ms', ...spare];

  test('-o: drives, blanks, a file that is open, a device, and names that Windows does not have', async () => {
    const { server, port } = await serving(beginHere);
    const folder = newFolder();
    const old = join(folder, 'old.json');
    writeFileSync(old, 'x'.repeat(100_000));
    // As a reader has it who lets others write to it, but not replace it.
    const hold = beginScript(
      `const { openSync } = require('fs'); openSync(process.argv[1], 'r'); console.log('open'); setTimeout(() => {}, 60000)`,
      [windowsPath(old)],
    );
    await hold.says(/open/);
    const [apart, replaced, device, ...bad] = await Promise.all([
      onWindows([...client(port), '-o', windowsPath(join(folder, 'a b.json'))]),
      onWindows([...client(port), '-o', 'old.json'], { cwd: folder }),
      onWindows([...client(port), '-o', 'NUL'], { cwd: folder }),
      onWindows([...client(port), '-o', windowsPath(join(folder, 'a?b.json'))]),
      onWindows([...client(port), '-o', 'none\\a.json'], { cwd: folder }),
    ]);
    for (const one of [apart, replaced, device]) expect([one.status, one.stderr]).toEqual([0, '']);
    for (const name of ['a b.json', 'old.json']) {
      expect(JSON.parse(readFileSync(join(folder, name), 'utf8')).complete).toBe(true);
    }
    expect(bad.map(({ status }) => status)).toEqual([5, 5]);
    expect(bad.map(({ stderr }) => stderr.replace(/^winze: -o [^ ]+: /, ''))).toEqual([
      'cannot write the file: Windows has no names of files with ?; leave it out\n',
      'cannot write the file: the folder none does not exist; make it first\n',
    ]);
    // Nothing beside, and no file that is called as a device.
    expect(readdirSync(folder).sort()).toEqual(['a b.json', 'old.json']);
    hold.signal('SIGKILL');
    server.signal('SIGINT');
    await Promise.all([hold.end(), server.end()]);
  });

  test('--secret-file: with CRLF there and LF here it is the same secret; UTF-16 is called so', async () => {
    const folder = newFolder();
    const secret = 'correct horse battery staple';
    writeFileSync(join(folder, 'here'), `${secret}\n`, { mode: 0o600 });
    writeFileSync(join(folder, 'there.txt'), `${secret}\r\n`);
    writeFileSync(join(folder, 'wide.txt'), Buffer.from(`\ufeff${secret}\r\n`, 'utf16le'));
    const { server, port } = await serving(beginHere, '--secret-file', join(folder, 'here'));
    const [same, wide] = await Promise.all([
      onWindows([...client(port), '--secret-file', '.\\there.txt'], { cwd: folder }),
      onWindows([...client(port), '--secret-file', 'wide.txt'], { cwd: folder }),
    ]);
    expect([same.status, same.stderr]).toEqual([0, '']);
    expect(wide.status).toBe(4);
    expect(wide.stderr).toMatch(/^winze: warning: wide\.txt is UTF-16 text/);
    server.signal('SIGINT');
    await server.end();
  });

  test('a console: Ctrl-C once ends the test in good order, one more 1 s later at once, with 130', async () => {
    const { server, port } = await serving(beginHere);
    const { argv, env } = windowsCommand(endless(port));
    const quoted = argv.map((word) => `'${word}'`).join(' ');
    const typed = join(newFolder(), 'typed');
    spawnSync('mkfifo', [typed]);
    // Opened for both by the shell, so that neither end waits for the other.
    const one = new Running(['sh', '-c', `exec 3<>${typed}; exec script -qec "exec ${quoted}" /dev/null <${typed}`], {
      ...env,
      TERM: 'xterm',
    });
    await one.says(/0\.2-0\.4 sec/);
    writeFileSync(typed, '\x03');
    const { status, stdout } = await one.end();
    expect([status, stdout.includes('not complete: ERR_ABORTED: stopped by SIGINT')]).toEqual([6, true]);

    const two = beginOnWindows(endless(port));
    await two.says(/0\.2-0\.4 sec/);
    // The end of the test waits for the server, which is held up meanwhile.
    server.signal('SIGSTOP');
    two.signal('SIGINT');
    setTimeout(() => two.signal('SIGINT'), 1100);
    expect((await two.end()).status).toBe(130);
    server.signal('SIGCONT');
    server.signal('SIGINT');
    await server.end();
  });
});
