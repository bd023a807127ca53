/** Metrics sent to endpoints that behave badly, over real sockets. What a Prometheus makes of them is tested in the outer ring. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTcp, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { openMetricOutputs } from '../../dist/run/metrics/push/metric-outputs.js';
import { post } from '../../dist/run/metrics/push/post.js';
import { PushQueue } from '../../dist/run/metrics/push/push-queue.js';
import { documentOf } from '../unit/report/samples.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
  open.push({ close: () => [server.close(), ...[...sockets].map((socket) => socket.destroy())] });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const answering = (listener: RequestListener): Promise<string> => listening(createServer(listener));
const statusOnly =
  (status: number, headers: Record<string, string> = {}, body = ''): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);

/** Sends one request, with a second for all of its tries. @returns what is told */
async function told(url: string): Promise<string | null> {
  const began = performance.now();
  const queue = new PushQueue({
    post,
    // Ten times as fast: ten seconds are one.
    now: () => Math.round((performance.now() - began) * 10 * 1e6),
    wait: (ms, signal) => sleep(ms / 10, undefined, { signal }).catch(() => {}),
    limit: (ms) => AbortSignal.timeout(Math.ceil(ms / 10)),
  });
  queue.add({ url, headers: {}, body: 'x' });
  return queue.finish(new AbortController().signal);
}

describe('an endpoint', () => {
  test('that takes it: nothing is told', async () => {
    expect(await told(await answering(statusOnly(204)))).toBeNull();
  });

  test('that is not there', async () => {
    const url = await answering(statusOnly(204));
    for (const server of open.splice(0)) server.close();
    expect(await told(url)).toMatch(/^not delivered: (connect ECONNREFUSED|no answer in time)/);
  });

  test('that never answers', async () => {
    expect(await told(await listening(createTcp(() => {})))).toBe('not delivered: no answer in time');
  });

  test('that closes at once', async () => {
    expect(await told(await listening(createTcp((socket) => socket.destroy())))).toMatch(
      /^not delivered: (socket hang up|read ECONNRESET|write E|no answer in time)/,
    );
  });

  test('whose answer is no HTTP', async () => {
    const url = await listening(createTcp((socket) => socket.end('SSH-2.0-x\r\n')));
    expect(await told(url)).toMatch(/^not delivered: Parse Error/);
  });

  test('that refuses, with escape codes in its words', async () => {
    const url = await answering(statusOnly(400, {}, '\x1b]0;owned\x07\nno'));
    expect(await told(url)).toBe('not delivered: HTTP 400: \\x1b]0;owned\\x07\\nno');
  });

  test('that wants to be left alone for thirty years', async () => {
    let requests = 0;
    const url = await answering((request, response) => {
      requests++;
      statusOnly(429, { 'Retry-After': '1000000000' })(request, response);
    });
    // Once while a test might run, and once at the end.
    expect([await told(url), requests]).toEqual(['not delivered: HTTP 429', 2]);
  });

  test('that says when in a date', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    expect(await told(await answering(statusOnly(503, { 'Retry-After': date })))).toBe('not delivered: HTTP 503');
  });

  test('that is broken for good', async () => {
    expect(await told(await answering(statusOnly(502, {}, 'Bad Gateway')))).toMatch(
      /^not delivered: (HTTP 502|no answer)/,
    );
  });

  test('that redirects: nobody follows', async () => {
    let followed = 0;
    const other = await answering((request, response) => {
      followed++;
      statusOnly(204)(request, response);
    });
    const url = await answering(statusOnly(307, { Location: `${other}/v1/metrics` }));
    expect(await told(url)).toBe(
      `not delivered: HTTP 307: it redirects to ${other}/v1/metrics, which is not followed; write that URL`,
    );
    expect(followed).toBe(0);
  });

  test('that says yes, and then nothing more', async () => {
    const url = await answering((_request, response) => void response.writeHead(200).write('{'));
    expect(await told(url)).toBeNull();
  });

  test.each([200, 400])('whose body never ends, HTTP %d', async (status) => {
    const url = await answering((_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(status).on('error', () => {});
      const more = (): void => {
        while (!response.destroyed && response.write('y'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    const words = await told(url);
    if (status === 200) expect(words).toBeNull();
    else expect(words).toMatch(/^not delivered: HTTP 400: y{150,200}…$/);
  });
});

/** Outputs as the command line opens them. */
async function outputs(url: string, format: 'otlp' | 'influx', env: Record<string, string> = {}) {
  const said: string[] = [];
  const signals = new Set<(signal: string) => void>();
  const opened = await openMetricOutputs(
    { push: { format, url } },
    {
      env,
      readFile: async () => {
        throw new Error('no file');
      },
      openOutput: async () => {
        throw new Error('no file');
      },
      onSignal: (listener) => {
        signals.add(listener);
        return () => void signals.delete(listener);
      },
    },
    (message) => void said.push(message),
  );
  return { ...opened, said, signals };
}

describe('what is sent', () => {
  /** An endpoint that keeps what it gets. */
  async function keeping() {
    const kept: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
    const url = await answering((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text) => (body += text));
      request.on('end', () => {
        kept.push({ headers: request.headers, body });
        response.writeHead(204).end();
      });
    });
    return { url, kept };
  }

  test('is OTLP in JSON with a bearer token, or lines with that of InfluxDB', async () => {
    const { url, kept } = await keeping();
    for (const [format, token] of [
      ['otlp', 's3cret'],
      ['influx', 's3cret'],
      ['otlp', 'Basic dTpw'],
    ] as const) {
      const { ended, said } = await outputs(`${url}/x`, format, { WINZE_PUSH_TOKEN: token });
      expect(await ended(documentOf({ title: 'a, "b" \u2603' }))).toBe(true);
      expect(said).toEqual([]);
    }
    expect(kept.map(({ headers }) => [headers['content-type'], headers.authorization])).toEqual([
      ['application/json', 'Bearer s3cret'],
      ['text/plain; charset=utf-8', 'Token s3cret'],
      ['application/json', 'Basic dTpw'],
    ]);
    const [{ resource }] = JSON.parse(kept[0]?.body ?? '').resourceMetrics;
    expect(resource.attributes).toContainEqual({ key: 'winze.title', value: { stringValue: 'a, "b" \u2603' } });
    expect(kept[1]?.body).toContain('winze_run_info,host=adit,target=203.0.113.7,title=a\\,\\ "b"\\ \u2603,version=');
  });

  test('a signal ends it at once, and what failed is told without the query', async () => {
    const silent = await listening(createTcp(() => {}));
    const { ended, said, signals } = await outputs(`${silent}/write?db=x`, 'influx');
    const ending = ended(documentOf());
    await expect.poll(() => signals.size).toBe(1);
    for (const listener of signals) listener('SIGINT');
    expect(await ending).toBe(true);
    expect(said).toEqual([`--push ${silent}/write: not delivered: stopped`]);
    expect(signals.size).toBe(0);
  });

  test('a token that cannot be a header is refused, and not shown', async () => {
    await expect(outputs('http://127.0.0.1:1/', 'otlp', { WINZE_PUSH_TOKEN: 'a\nb' })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: 'WINZE_PUSH_TOKEN: a token is one line of plain ASCII',
    });
  });
});
