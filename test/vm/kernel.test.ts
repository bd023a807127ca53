/**
 * Where the kernels of machines come from: apt is a script here, and no machine is booted.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { missingPeers } from '../interop/support/peers.ts';

const skipped = missingPeers(['kernel']);
const KERNEL = join(import.meta.dirname, 'support/kernel.mjs');
const VERSION = '6.1.0-0-cloud-amd64';
/** What the initramfs needs of a package: modules that may be built in, and an image. */
const BUILT_IN = ['virtio_pci', 'virtiofs', 'overlay'].map((name) => `kernel/${name}.ko`).join('\n');

describe.skipIf(skipped)('kernelOf()', () => {
  let folder = '';
  const cache = (): string => join(folder, 'cache');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wz-kernel-'));
    const modules = join(folder, 'package/lib/modules', VERSION);
    for (const path of ['bin', 'cache', 'package/DEBIAN', 'package/boot'])
      mkdirSync(join(folder, path), { recursive: true });
    mkdirSync(modules, { recursive: true });
    writeFileSync(join(modules, 'modules.builtin'), `${BUILT_IN}\n`);
    writeFileSync(join(modules, 'modules.order'), '');
    writeFileSync(join(folder, 'package/boot', `vmlinuz-${VERSION}`), '');
    const control =
      'Package: linux-image-6.1\nVersion: 1\nArchitecture: amd64\nMaintainer: nobody\nDescription: none\n';
    writeFileSync(join(folder, 'package/DEBIAN/control'), control);
    execFileSync('dpkg-deb', ['-b', 'package', 'kernel.deb'], { cwd: folder, stdio: 'ignore' });
    script('apt-cache', 'echo "  Depends: linux-image-6.1"');
    script('apt-get', `sleep 1; cp ${join(folder, 'kernel.deb')} .`);
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function script(name: string, line: string): void {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\n${line}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  }

  function begin(suite = 'bookworm'): ChildProcess {
    const program = `import { kernelOf } from '${KERNEL}'; console.log(kernelOf('${suite}').version);`;
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, WINZE_VM_CACHE: cache() };
    return spawn(process.execPath, ['--input-type=module', '-e', program], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async function said(child: ChildProcess): Promise<string> {
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (data) => (text += data));
    await new Promise((resolve) => child.once('close', resolve));
    return text.trim();
  }

  test('downloads it once, also when two want it at the same time', async () => {
    expect(await Promise.all([begin(), begin()].map(said))).toEqual([VERSION, VERSION]);
    script('apt-get', 'exit 1');
    expect(await said(begin())).toBe(VERSION);
    expect(readdirSync(cache())).toEqual(['bookworm']);
    expect(readdirSync(join(cache(), 'bookworm')).filter((name) => name.startsWith('initramfs'))).toHaveLength(1);
  });

  test('begins anew after a process that was killed in a download', async () => {
    const first = begin();
    while (readdirSync(cache()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    first.kill('SIGKILL');
    await said(first);
    expect(readdirSync(cache())).toHaveLength(1);
    expect(await said(begin())).toBe(VERSION);
    expect(readdirSync(cache())).toEqual(['bookworm']);
  });

  test('says what apt said where there is no network', async () => {
    script('apt-get', 'echo "E: Could not resolve the mirror" >&2; exit 100');
    const text = await said(begin());
    expect(text).toContain(`no kernel of Debian's bookworm for ${join(cache(), 'bookworm')}`);
    expect(text).toContain('E: Could not resolve the mirror');
    expect(await said(begin('newest'))).toContain("no kernel of Debian's newest");
    expect(readdirSync(cache())).toEqual([]);
  });

  test('says where apt has no lists', async () => {
    script('apt-cache', 'true');
    expect(await said(begin())).toContain('run apt-get update');
  });

  test('names a folder that is not whole', async () => {
    mkdirSync(join(cache(), 'bookworm/lib/modules', VERSION), { recursive: true });
    expect(await said(begin())).toContain(`delete ${join(cache(), 'bookworm')}, then it is downloaded again`);
  });
});
