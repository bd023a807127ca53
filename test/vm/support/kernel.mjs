// @ts-check
/**
 * Debian's cloud kernels, unpacked and not installed, and the initramfs that starts one on the files of this host.
 *
 * Both are made once and kept by their content.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inCache, onceInto, run, unpackPackages } from './cache.mjs';

/** @typedef {'bookworm' | 'newest'} Suite */
/** @typedef {{ readonly version: string, readonly image: string, readonly initramfs: string, readonly modules: string }} Kernel */

/** Where a newer kernel may come from, the newest first. */
const NEWER_SUITES = ['testing', 'bookworm-backports'];
/** What the start itself needs; the rest is read from the files of the host. */
const EARLY_MODULES = ['virtio_pci', 'virtiofs', 'overlay'];
/** It starts in a fraction of the time that programs with shared libraries take in the machine. */
const BUSYBOX = '/bin/busybox';
/** As QEMU's user network has it by default. */
const AGENT_ADDRESS = '10.0.2.15/24';

/**
 * A kernel, downloaded if it is not there yet.
 *
 * @param {Suite} suite - `newest`: of the newest suite that can be reached
 * @returns {Kernel}
 * @throws {Error} when apt cannot give it, or what is kept is not whole
 */
export function kernelOf(suite) {
  const folder = inCache(suite, `kernel of Debian's ${suite}`, (to) => unpack(suite, to));
  const modules = join(folder, 'lib/modules');
  const [version = ''] = existsSync(modules) ? readdirSync(modules) : [];
  const images = [join(folder, `boot/vmlinuz-${version}`), join(modules, version, 'vmlinuz')];
  const image = images.find((path) => existsSync(path)) ?? images.join(' or ');
  for (const needed of [join(modules, version, 'modules.dep'), image]) {
    if (!existsSync(needed)) throw new Error(`${needed} is missing: delete ${folder}, then it is downloaded again`);
  }
  return { version, image, modules, initramfs: initramfs(folder, version) };
}

/**
 * @param {Suite} suite
 * @param {string} to
 */
function unpack(suite, to) {
  const scratch = dirname(to);
  const options = suite === 'newest' ? newestSuite(scratch) : [];
  const depends = run('apt-cache', [...options, 'depends', 'linux-image-cloud-amd64'], scratch);
  const name = /Depends: (linux-image-[0-9]\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error('apt-cache names no package linux-image-cloud-amd64: run apt-get update');
  // As of 7.x, image, modules and their lists are in packages of their own.
  const needed = run('apt-cache', [...options, 'depends', name], scratch);
  const parts = [...needed.matchAll(/Depends: (linux-(?:base|binary|modules)-[0-9]\S+)/g)].map(([, part = '']) => part);
  unpackPackages([name, ...parts], to, options);
  // Since trixie, the modules are where /lib leads to.
  if (!existsSync(join(to, 'lib'))) renameSync(join(to, 'usr/lib'), join(to, 'lib'));
  // Some are packed, which takes seconds in the machine.
  run('find', [join(to, 'lib/modules'), '-name', '*.ko.xz', '-exec', 'xz', '-d', '{}', '+'], scratch);
  const [version = ''] = readdirSync(join(to, 'lib/modules'));
  run('depmod', ['-b', to, version], scratch);
}

/**
 * Options of apt for the newest suite, with lists of its own: nothing else can come from there.
 *
 * @param {string} scratch
 * @returns {string[]}
 */
function newestSuite(scratch) {
  const targets = run('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages'], scratch);
  const uri = targets.split('\n').find((line) => line !== '' && !line.includes('security'));
  const failures = [];
  for (const suite of NEWER_SUITES) {
    mkdirSync(join(scratch, suite, 'lists/partial'), { recursive: true });
    const sources = join(scratch, suite, 'sources.list');
    writeFileSync(sources, `deb ${uri} ${suite} main\n`);
    const settings = [
      `Dir::Etc::SourceList=${sources}`,
      'Dir::Etc::SourceParts=-',
      `Dir::State::Lists=${join(scratch, suite, 'lists')}`,
      'Dir::Cache::PkgCache=',
      'Dir::Cache::SrcPkgCache=',
      'APT::Sandbox::User=root',
      'Acquire::Retries=2',
    ];
    const options = settings.flatMap((setting) => ['-o', setting]);
    try {
      // An unreachable suite is only a warning for apt-get.
      run('apt-get', [...options, '-q', '-o', 'APT::Update::Error-Mode=any', 'update'], scratch);
      return options;
    } catch (error) {
      // The next one may be there.
      failures.push(/** @type {Error} */ (error).message);
    }
  }
  throw new Error(failures.join('\n'));
}

/**
 * @param {string} kernel - folder of the unpacked package
 * @param {string} version
 * @returns {string} path of the initramfs
 */
function initramfs(kernel, version) {
  const init = initScript(join(kernel, 'lib/modules'));
  const hash = createHash('sha256').update(init).update(EARLY_MODULES.join()).digest('hex').slice(0, 16);
  const path = join(kernel, `initramfs-${hash}.gz`);
  if (existsSync(path)) return path;
  onceInto(path, (to) => {
    const root = join(dirname(to), 'root');
    for (const folder of ['bin', 'proc', 'sys', 'dev', `lib/modules/${version}`]) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    copyFileSync(BUSYBOX, join(root, 'bin/busybox'));
    for (const module of modulesFor(kernel, version)) {
      const copy = join(root, module.slice(kernel.length));
      mkdirSync(dirname(copy), { recursive: true });
      copyFileSync(module, copy);
    }
    for (const list of ['modules.order', 'modules.builtin']) {
      copyFileSync(join(kernel, 'lib/modules', version, list), join(root, 'lib/modules', version, list));
    }
    run('depmod', ['-b', root, version], root);
    writeFileSync(join(root, 'init'), init);
    chmodSync(join(root, 'init'), 0o755);
    run('sh', ['-c', `find . | cpio -o -H newc --quiet | gzip -1 > ${to}`], root);
  });
  return path;
}

/**
 * @param {string} kernel
 * @param {string} version
 */
function modulesFor(kernel, version) {
  const lines = EARLY_MODULES.flatMap((name) =>
    run('modprobe', ['-S', version, '-d', kernel, '--show-depends', name], kernel).split('\n'),
  );
  return new Set(lines.flatMap((line) => /^insmod (\S+)/.exec(line)?.[1] ?? []));
}

/**
 * The host's files are the lower layer of an overlay, so that every program of the host is there and nothing that the
 * machine writes reaches the host. Then the agent starts, of which the command line of the kernel has the words.
 *
 * @param {string} modules - folder on the host
 */
function initScript(modules) {
  return `#!${BUSYBOX} sh
b=${BUSYBOX}
fail() { $b echo "the machine cannot go on: $*"; $b poweroff -f; }
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
$b modprobe -a ${EARLY_MODULES.join(' ')} || fail modules for the files of the host
$b mkdir -p /lower /written /root
$b mount -t virtiofs -o ro host /lower || fail no files of the host
$b mount -t tmpfs -o size=256m written /written
$b mkdir /written/upper /written/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/written/upper,workdir=/written/work overlay /root || fail no overlay
for folder in proc sys dev; do $b mount --move /$folder /root/$folder; done
$b mount -t tmpfs -o size=64m run /root/run
$b mkdir -p /root/lib/modules /root/dev/pts /root/dev/shm
$b mount -t devpts devpts /root/dev/pts
$b mount -t tmpfs -o size=64m shm /root/dev/shm
$b mount --bind /lower${modules} /root/lib/modules
exec $b switch_root /root $b sh -c '
  b=${BUSYBOX}
  fail() { $b echo "the machine cannot go on: $*"; $b poweroff -f; }
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
  for word in $($b cat /proc/cmdline); do case $word in node=*|agent=*|load=*) export "$word";; esac; done
  $b modprobe -a $(echo "$load" | $b tr , " ") || fail modules that were asked for
  $b ip link set lo up
  $b ip addr add ${AGENT_ADDRESS} dev eth0 && $b ip link set eth0 up || fail no network device
  "$node" --v8-pool-size=0 "$agent"
  fail "the agent ended: status $?"'
`;
}
