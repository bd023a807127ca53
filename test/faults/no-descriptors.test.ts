/** Processes that cannot be started, as all descriptors are taken (EMFILE): failures with words, not of ours. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Takes all descriptors, and then runs `act`. The modules are read before: that needs descriptors too. */
function withoutDescriptors(module: string, act: string): string {
  const file = new URL(`../../dist/${module}`, import.meta.url).href;
  const script = `
    import { openSync } from 'node:fs';
    const module = await import(${JSON.stringify(file)});
    console.log('begun');
    const taken = [];
    try { for (;;) taken.push(openSync('/dev/null')); } catch {}
    const told = await (async () => ${act})().catch((error) => error.code + ': ' + error.message);
    console.log(told);
    process.exit();`;
  const argv = ['-c', 'ulimit -n 64; exec "$@"', '-', process.execPath, '--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync('sh', argv, { encoding: 'utf8', timeout: 20_000 });
  return `${stdout}${stderr}`;
}

const EMFILE = 'EMFILE; too many files are open: raise the limit (ulimit -n)';

test.skipIf(process.platform === 'win32').each([
  [
    'a command',
    'run/tunnel/control/command.js',
    `module.runCommand(['true'])`,
    `ERR_UNSUPPORTED: true cannot be started: spawn true ${EMFILE}`,
  ],
  [
    'the second process of a tunnel',
    'run/tunnel/up/undo-list.js',
    'module.UndoList.open()',
    `ERR_UNSUPPORTED: cannot start a second process: spawn ${process.execPath} ${EMFILE}`,
  ],
  [
    'a tunnel without a terminal',
    'run/tunnel/daemon.js',
    `module.startDaemon({ argv: [], logFile: null, signal: new AbortController().signal, onText: () => {} },
      { journal: '/none', syslog: '/none' })`,
    `ERR_UNSUPPORTED: cannot start a process: spawn ${process.execPath} ${EMFILE}`,
  ],
  [
    'a command of the lab',
    'run/lab/sides/side.js',
    `module.LOCAL_SIDE.run(['true'])`,
    'ERR_UNSUPPORTED: true cannot be started: spawn true EMFILE',
  ],
  [
    'what a host tells of itself',
    'run/host/gather-details.js',
    `module.gatherDetails([]).then(({ links }) => JSON.stringify(links))`,
    '{}',
  ],
])('%s', (_name, module, act, expected) => {
  expect(withoutDescriptors(module, act)).toBe(`begun\n${expected}\n`);
});
