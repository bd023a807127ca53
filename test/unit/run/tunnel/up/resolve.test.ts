import { describe, expect, test } from 'vitest';
import { NetError } from '../../../../../src/core/errors.ts';
import { resolveEndpoints, systemResolver } from '../../../../../src/run/tunnel/up/resolve.ts';
import { parseTunnelConfig } from '../../../../../src/tunnel/config/parse.ts';

const KEY = Buffer.alloc(32, 2).toString('base64');
/** A peer for each endpoint; after a blank, what is in its AllowedIPs. */
const configOf = (...endpoints: readonly string[]) =>
  parseTunnelConfig(
    endpoints
      .map((text) => {
        const [endpoint = '', allowedIps] = text.split(' ');
        const lines = ['[Peer]', `PublicKey=${KEY}`, ...(endpoint === '' ? [] : [`Endpoint=${endpoint}`])];
        return [...lines, ...(allowedIps ? [`AllowedIPs=${allowedIps}`] : []), ''].join('\n');
      })
      .join(''),
  ).config;

/** Answers with what is next in line: an address, or the code of a failure. */
function play(answers: readonly string[], retries?: string) {
  const pauses: number[] = [];
  const said: string[] = [];
  const asked: string[] = [];
  const resolver = {
    lookup: async (host: string) => {
      const answer = answers[asked.push(host) - 1] ?? 'EAI_AGAIN';
      if (/^E/.test(answer)) throw Object.assign(new Error('getaddrinfo'), { code: answer });
      return answer;
    },
    pause: async (milliseconds: number) => void pauses.push(Math.round(milliseconds)),
  };
  const options = { retries, warn: (message: string) => void said.push(message), resolver };
  return { options, pauses, said, asked };
}

test('a lookup is aborted by the signal immediately, and does not count as a failure of the name', async () => {
  const controller = new AbortController();
  const reason = new NetError('ERR_ABORTED', 'stopped by SIGTERM');
  // getaddrinfo(3) of it takes a turn of the event loop at least.
  const asked = systemResolver(controller.signal).lookup('localhost');
  controller.abort(reason);
  await expect(asked).rejects.toBe(reason);
  const { options, said, pauses } = play(['ERR_ABORTED']);
  await expect(resolveEndpoints(configOf('a.example:1'), options)).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  expect([said, pauses]).toEqual([[], []]);
});

describe('resolveEndpoints()', () => {
  test('resolves only names, and keeps the order of peers', async () => {
    const { options, asked } = play(['192.0.2.7']);
    const config = configOf('[2001:db8::1]:1', '', 'vpn.example.org:2', '192.0.2.1:3');
    expect(await resolveEndpoints(config, options)).toEqual([
      { address: '2001:db8::1', port: 1 },
      null,
      { address: '192.0.2.7', port: 2 },
      { address: '192.0.2.1', port: 3 },
    ]);
    expect(asked).toEqual(['vpn.example.org']);
  });

  test('retries after temporary failures: 1 s, then a fifth more each time, at most 20 s (wg(8))', async () => {
    const { options, pauses, said, asked } = play([]);
    expect(await resolveEndpoints(configOf('a.example:1'), options)).toEqual([null]);
    expect(asked).toHaveLength(16);
    expect(pauses).toEqual(Array.from({ length: 15 }, (_, i) => Math.round(1000 * 1.2 ** i)));
    expect(said[1]).toBe('a.example does not resolve now (EAI_AGAIN); trying again in 1.2 s');
    expect(said.at(-1)).toBe(
      'the name a.example does not resolve (EAI_AGAIN); its peer has no endpoint until it does, or until the peer writes to us',
    );
  });

  test('never waits longer than 20 s, however many retries', async () => {
    const { options, pauses } = play([], '40');
    await resolveEndpoints(configOf('a.example:1'), options);
    expect([pauses.length, Math.max(...pauses)]).toEqual([40, 20_000]);
  });

  test('retries without end if requested', async () => {
    const { options, pauses } = play([...Array<string>(500).fill('EAI_AGAIN'), '192.0.2.7'], 'infinity');
    expect(await resolveEndpoints(configOf('a.example:1'), options)).toEqual([{ address: '192.0.2.7', port: 1 }]);
    expect(pauses).toHaveLength(500);
  });

  test.each(['ENOTFOUND', 'EAI_FAIL'])('does not retry after %s', async (code) => {
    const { options, pauses, said } = play([code]);
    expect(await resolveEndpoints(configOf('a.example:1'), options)).toEqual([null]);
    expect(pauses).toEqual([]);
    expect(said).toEqual([expect.stringContaining(`the name a.example does not resolve (${code})`)]);
  });

  test.each([
    ['an address', '192.0.2.1:3'],
    ['a name that resolves', 'b.example:3'],
    ['no endpoint: it may write to us', ''],
  ])('does not wait for a name if another peer has %s', async (_name, other) => {
    const { options, pauses, said } = play(['EAI_AGAIN', '192.0.2.1']);
    const [unresolved] = await resolveEndpoints(configOf('a.example:2', other), options);
    expect([unresolved, pauses, said.length]).toEqual([null, [], 1]);
  });

  test.each(['0.0.0.0/0', '::/0'])(
    'refuses a tunnel whose default route %s has a peer that does not resolve',
    async (range) => {
      const { options, pauses } = play([]);
      const config = configOf(`a.example:1 ${range}`, '192.0.2.1:3');
      const refused = resolveEndpoints(config, options);
      await expect(refused).rejects.toMatchObject({ code: 'ERR_CONNECT' });
      await expect(refused).rejects.toThrow(
        'Endpoint: the name a.example does not resolve (EAI_AGAIN), and a default route is to lead there; correct it, or write an address',
      );
      expect(pauses).toHaveLength(15);
    },
  );

  test('resolves a name of several peers once, and no name again that has an address', async () => {
    const { options, asked } = play(['EAI_AGAIN', '192.0.2.7', '192.0.2.8']);
    const config = configOf('a.example:1 0.0.0.0/0', 'a.example:2', 'b.example:3');
    expect(await resolveEndpoints(config, options)).toEqual([
      { address: '192.0.2.8', port: 1 },
      { address: '192.0.2.8', port: 2 },
      { address: '192.0.2.7', port: 3 },
    ]);
    expect(asked).toEqual(['a.example', 'b.example', 'a.example']);
  });

  test('takes 0 as no retries, and an invalid number as the default', async () => {
    for (const [retries, times] of [
      ['0', 1],
      ['2', 3],
      ['x', 16],
      ['', 16],
    ] as const) {
      const { options, asked } = play([], retries);
      await resolveEndpoints(configOf('a.example:1'), options);
      expect(asked).toHaveLength(times);
    }
  });
});
