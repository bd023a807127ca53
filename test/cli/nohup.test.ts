import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const BIN = join(ROOT, 'bin/winze.js');
const built = existsSync(join(ROOT, 'dist/bundle/winze.js'));
if (!built) console.warn('skipped: bin/winze.js needs dist; run npm run build');
const hasNohup = spawnSync('nohup', ['true']).status === 0;
if (!hasNohup) console.warn('skipped: there is no nohup');

/** Without what whoever runs the tests may have been started by. */
const { _: _starter, ...env } = process.env;

describe.skipIf(!built || !hasNohup || process.platform !== 'linux')('nohup', () => {
  test('keeps a server: SIGHUP ends nothing, its console goes on, SIGTERM ends it', async () => {
    const server = spawn('nohup', [process.execPath, BIN, '-s', '-port', '0', '-ip', '127.0.0.1'], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(server, 'exit');
    const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
    const port = /port (\d+)/.exec(String((await lines.next()).value))?.[1] ?? '';
    process.kill(server.pid ?? 0, 'SIGHUP');
    const client = spawn(process.execPath, [BIN, '-c', '127.0.0.1', '-port', port, '-d', '200ms', '--json'], { env });
    expect(await once(client, 'exit')).toEqual([0, null]);
    expect((await lines.next()).value).toMatch(/: connected, winze /);
    process.kill(server.pid ?? 0, 'SIGTERM');
    expect(await ended).toEqual([0, null]);
  });

  const probe = `import(${JSON.stringify(pathToFileURL(join(ROOT, 'dist/system/hangup.js')).href)}).then((m) => console.log(m.isKeptFromHangup()))`;

  test.each([
    ['exec "$0" -e "$1"', 'false'],
    ['trap "" HUP; "$0" -e "$1"; true', 'true'],
    ['exec "$0" -e "$1" 0>/dev/null', 'true'],
    ['exec "$0" -e "$1" </dev/null', 'false'],
    ['_=/usr/bin/nohup exec "$0" -e "$1"', 'true'],
  ])('sh -c %j is seen: %s', (script, seen) => {
    const { stdout } = spawnSync('sh', ['-c', script, process.execPath, probe], { env, encoding: 'utf8' });
    expect(stdout.trim()).toBe(seen);
  });
});
