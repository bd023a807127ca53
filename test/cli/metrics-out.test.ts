/** `--textfile` and `--push` of the measuring commands: what is written where, and what a failure costs. */
import { createServer, type Server } from 'node:http';
import { describe, expect, test } from 'vitest';
import { NetError } from '../../src/core/errors.ts';
import { play } from './fakes.ts';

const FILE = '/var/lib/node_exporter/winze.prom';

describe('--textfile', () => {
  test.each([
    ['-c h', 'target="h"'],
    ['-x host.example', 'target="host.example"'],
    ['lab', 'target="lab"'],
  ])('%s: the metrics, beside the result', async (line, label) => {
    const plain = await play(line.split(' '));
    const { code, stdout, files, closedFiles } = await play([...line.split(' '), '--textfile', FILE]);
    expect([code, stdout]).toEqual([plain.code, plain.stdout]);
    const text = files.get(FILE) ?? '';
    expect(text).toMatch(/^# HELP winze_run_info /);
    expect(text).toMatch(new RegExp(`^winze_probe_success\\{${label},module="run"\\} 1$`, 'm'));
    expect(text.endsWith('\n')).toBe(true);
    // Once to see whether it can be made, once to write it.
    expect(closedFiles).toEqual([FILE, FILE]);
  });

  test('of a run that failed: that it failed, and why', async () => {
    const { code, files } = await play(['-c', 'h', '--textfile', FILE], {
      connect: async () => {
        throw new NetError('ERR_CONNECT', 'h:8888: connection refused');
      },
    });
    expect(code).toBe(3);
    expect(files.get(FILE)).toContain('winze_probe_failure_info{target="h",module="run",reason="unreachable"} 1\n');
    expect(files.get(FILE)).not.toContain('goodput');
  });

  test('that cannot be made fails before anything is sent, exit 5', async () => {
    const { code, stdout, stderr, clients } = await play(['-c', 'h', '--textfile', FILE], { diskFullAt: 0 });
    expect([code, stdout, clients.length]).toEqual([5, '', 0]);
    expect(stderr).toBe(`winze: --textfile ${FILE}: cannot write the file: ENOSPC: no space left on device, write\n`);
  });

  test('on a full disk: one line, the result is printed, the old file stays, exit 5', async () => {
    const plain = await play(['-c', 'h']);
    const { code, stdout, stderr, files } = await play(['-c', 'h', '-q', '--textfile', FILE], {
      diskFullAt: 1,
      existing: { [FILE]: 'before' },
    });
    expect(code).toBe(5);
    expect(plain.stdout.endsWith(stdout) && stdout !== '').toBe(true);
    expect(stderr).toBe(`winze: --textfile ${FILE}: cannot write the file: ENOSPC: no space left on device, write\n`);
    expect(files.get(FILE)).toBe('before');
  });
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

describe('--push', () => {
  test('a failure is one line, and the exit status is that of the test', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end('no such\x1b[2J path\n'));
    const url = `${await listening(server)}/api/v1/otlp/v1/metrics`;
    const { code, stdout, stderr } = await play(['-c', 'h', '-q', '--push', `${url}?key=x`]);
    server.close();
    expect(code).toBe(0);
    expect(stdout).not.toBe('');
    expect(stderr).toBe(`winze: --push ${url}: not delivered: HTTP 404: no such\\x1b[2J path\n`);
  });

  test('is sent after the result was printed, each round of a comparison before', async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text) => (body += text));
      request.on('end', () => {
        bodies.push(body);
        response.writeHead(204).end();
      });
    });
    const url = `${await listening(server)}/write?db=winze`;
    const { code, stderr, clients } = await play(['-c', 'h', '--via', '10.0.0.2', '-t', 'b', '-q', '--push', url]);
    server.close();
    expect([code, stderr, clients.length]).toEqual([0, '', 1]);
    expect(bodies.at(-1)).toContain('winze_run_info');
    for (const body of bodies.slice(0, -1)) expect(body).toMatch(/^winze_goodput_bytes_per_second,.*target=h /m);
  });

  test('a URL with a secret is refused, and the secret is not shown', async () => {
    for (const url of ['http://u:sesame@h/', 'http://h/write?db=x&p=sesame']) {
      const { code, stderr } = await play(['-c', 'h', '--push', url]);
      expect(code).toBe(2);
      expect(stderr).toContain('--push');
      expect(stderr).not.toContain('sesame');
    }
  });
});
