import { describe, expect, test } from 'vitest';
import { NetError } from '../../src/core/errors.ts';
import { validStream } from '../support/schemas.ts';
import { play, type Scene, serveNobody } from './fakes.ts';

describe('winze -s', () => {
  test('says where it listens, on stdout', async () => {
    const { code, stdout, stderr, servers } = await play(['-s', '-port', '9999', '-1']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/Listening on port 9999 for TCP & UDP\n/);
    expect(servers).toMatchObject([{ port: 9999, once: true, secret: null }]);
  });

  test('-q says only where it listens', async () => {
    const { stdout } = await play(['-s', '-q'], {
      serve: async (config) => {
        config.onEvent({ tag: 'client-connected', client: '192.0.2.1', version: '0.1.0' });
        return serveNobody(config);
      },
    });
    expect(stdout).toBe('Listening on port 8888 for TCP & UDP\n');
  });

  test('--json-stream prints events with time, test, path and round, and an end', async () => {
    const { stdout } = await play(['-s', '--json-stream', '-o', 'log.json']);
    const time = '2027-01-15T08:00:00.000Z';
    const place = { time, test: null, path: null, round: null };
    expect(validStream('serverEvent', stdout)).toEqual([
      { event: 'listening', ...place, data: { addresses: [], port: 8888 } },
      { event: 'end', ...place, data: { complete: true, error: null } },
    ]);
  });

  test('--metrics says where they are, also with -q', async () => {
    const { code, stdout, metrics } = await play(['-s', '-q', '--metrics', '[::1]:9889']);
    expect([code, metrics]).toEqual([0, [{ address: '::1', port: 9889 }]]);
    expect(stdout).toBe('Listening on port 8888 for TCP & UDP\nMetrics at http://::1:9889/metrics\n');
  });

  test('--metrics on a port that is taken ends it before a client could come', async () => {
    const { code, stdout, stderr, servers } = await play(['-s', '--metrics', '9889'], {
      openMetrics: async () => {
        throw new NetError('ERR_USAGE', '--metrics 127.0.0.1:9889: the port is in use; choose another');
      },
    });
    expect([code, stdout, servers]).toEqual([2, '', []]);
    expect(stderr).toBe('winze: --metrics 127.0.0.1:9889: the port is in use; choose another\n');
  });

  test('-o adds the console to a file', async () => {
    const { stdout, files, closedFiles } = await play(['-s', '-o', 'log'], { existing: { log: 'before\n' } });
    expect(files.get('log')).toBe(`before\n${stdout}`);
    expect(closedFiles).toEqual(['log']);
  });

  test.each(['SIGINT', 'SIGTERM'])('stops on %s, exit 0', async (signal) => {
    let closes = 0;
    const { code, signalListeners } = await play(['-s'], {
      serve: async (config, act) => {
        let stopped = (): void => {};
        const closed = new Promise<void>((resolve) => {
          stopped = resolve;
        });
        setImmediate(() => act.signal(signal));
        return {
          ...(await serveNobody(config)),
          closed,
          close: async () => {
            closes++;
            stopped();
          },
        };
      },
    });
    expect([code, closes, signalListeners]).toEqual([0, 1, 0]);
  });

  test('stops once for two signals at once, and at once for one that comes later', async () => {
    const killedAfter = async (ms: number) => {
      const serve: Scene['serve'] = async (config, act) => {
        act.signal('SIGTERM');
        act.wait(ms);
        act.signal('SIGTERM');
        return serveNobody(config);
      };
      return (await play(['-s'], { serve })).killed;
    };
    expect(await killedAfter(0)).toEqual([]);
    expect(await killedAfter(1000)).toEqual(['SIGTERM']);
  });

  test('that is stopped while it starts does not stay', async () => {
    let closes = 0;
    const { code } = await play(['-s'], {
      serve: async (config, act) => {
        act.signal('SIGINT');
        const close = async () => void closes++;
        return { ...(await serveNobody(config)), close };
      },
    });
    expect([code, closes]).toEqual([0, 1]);
  });

  test('that cannot listen: one line, and the exit status of its error', async () => {
    const { code, stdout, stderr } = await play(['-s'], {
      serve: async () => {
        throw new NetError('ERR_UNSUPPORTED', 'port 8888 is in use; choose another with -port');
      },
    });
    expect([code, stdout, stderr]).toEqual([5, '', 'winze: port 8888 is in use; choose another with -port\n']);
  });

  test('goes on when its console is gone', async () => {
    let closes = 0;
    const { code, stderr } = await play(['-s'], {
      serve: async (config, act) => {
        act.failStdout('EPIPE');
        const close = async () => void closes++;
        return { ...(await serveNobody(config)), close };
      },
    });
    expect([code, closes, stderr]).toEqual([0, 0, '']);
  });

  test('whose console nobody reads leaves events out, says how many, and writes all to a file', async () => {
    let waiting = 0;
    const clients = (config: Parameters<NonNullable<Scene['serve']>>[0], from: number): void => {
      for (const n of [from, from + 1])
        config.onEvent({ tag: 'client-connected', client: `192.0.2.${n}:9`, version: '0.1.0' });
    };
    const { code, stdout, files } = await play(['-s', '-o', 'log'], {
      waiting: () => waiting,
      serve: async (config) => {
        const running = await serveNobody(config);
        waiting = 2 ** 20 + 1;
        clients(config, 1);
        waiting = 0;
        clients(config, 3);
        return running;
      },
    });
    expect(code).toBe(0);
    const lines = (text: string | undefined): readonly string[] => (text ?? '').trimEnd().split('\n').slice(1);
    const connected = (n: number): string => `192.0.2.${n}:9: connected, winze 0.1.0`;
    const warning = 'warning: 2 events were left out here: nobody read standard output';
    expect(lines(stdout)).toEqual([warning, connected(3), connected(4)]);
    expect(lines(files.get('log'))).toEqual([1, 2, 3, 4].map(connected));
  });

  test('whose console nobody reads ends all the same, exit 5', async () => {
    const flush = (): Promise<void> => new Promise(() => {});
    const { code, stderr } = await play(['-s'], { flush });
    expect([code, stderr]).toEqual([5, 'winze: cannot write standard output: nobody reads it\n']);
  });
});
