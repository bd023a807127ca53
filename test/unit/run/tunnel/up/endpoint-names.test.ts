import { describe, expect, test } from 'vitest';
import type { DeviceChange, Endpoint } from '../../../../../src/core/shapes/tunnel-config.ts';
import { NS_PER_S } from '../../../../../src/core/time.ts';
import { EndpointNames } from '../../../../../src/run/tunnel/up/endpoint-names.ts';
import { parseTunnelConfig } from '../../../../../src/tunnel/config/parse.ts';
import type { EventDetails } from '../../../../../src/tunnel/wireguard/events.ts';

const KEY = new Uint8Array(32).fill(2);
const OTHER = new Uint8Array(32).fill(3);
const base64 = (key: Uint8Array): string => Buffer.from(key).toString('base64');
const OLD: Endpoint = { address: '192.0.2.1', port: 7 };
const NEW: Endpoint = { address: '192.0.2.2', port: 7 };

interface SceneOptions {
  readonly endpoint?: Endpoint | null;
  readonly keepalive?: boolean;
  readonly again?: boolean;
}

/** A tunnel with one named peer in virtual time; `answers` says what the resolver gives, or the code of a failure. */
function scene({ endpoint = OLD, keepalive = false, again = true }: SceneOptions = {}) {
  const text = `[Peer]\nPublicKey=${base64(KEY)}\nEndpoint=vpn.example:7\n${keepalive ? 'PersistentKeepalive=25\n' : ''}`;
  const plain = `[Peer]\nPublicKey=${base64(OTHER)}\nEndpoint=192.0.2.9:9\n`;
  const state = { now: 0, answer: NEW.address as string, meanwhile: () => {} };
  const asked: number[] = [];
  const changes: DeviceChange[] = [];
  const told: unknown[] = [];
  const timers: { at: number; act: () => void }[] = [];
  const names = new EndpointNames(
    parseTunnelConfig(text + plain).config,
    [endpoint, { address: '192.0.2.9', port: 9 }],
    {
      lookup: async () => {
        asked.push(state.now / NS_PER_S);
        state.meanwhile();
        if (state.answer.startsWith('E')) throw Object.assign(new Error('getaddrinfo'), { code: state.answer });
        return state.answer;
      },
      now: () => state.now,
      schedule: (milliseconds, act) => {
        const timer = { at: state.now + milliseconds * 1e6, act };
        timers.push(timer);
        return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
      },
      configure: async (change) => void changes.push(change),
      onResolved: (_key, host, to) => void told.push([host, to]),
      reresolve: again,
    },
  );
  /** Lets what was asked for be answered. */
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  const happens = async (seconds: number, happening: EventDetails, peer = KEY): Promise<void> => {
    await until(seconds);
    names.handle({ ...happening, peer, at: state.now });
    await settle();
  };
  const until = async (seconds: number): Promise<void> => {
    for (;;) {
      const next = timers.filter(({ at }) => at <= seconds * NS_PER_S).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      timers.splice(timers.indexOf(next), 1);
      state.now = next.at;
      next.act();
      await settle();
    }
    state.now = seconds * NS_PER_S;
  };
  /** Initiations from `from` on, 5 s apart, as long as none is answered: 19, then a new packet begins again. */
  const unanswered = async (from: number, times: number, to: Endpoint = OLD): Promise<void> => {
    for (let i = 0; i < times; i++) {
      await happens(from + 5 * i, {
        tag: 'initiation-sent',
        cause: 'retry',
        attempt: (i % 19) + 1,
        wronglyAnswered: false,
        to,
      });
    }
  };
  return { state, asked, changes, told, names, happens, until, unanswered };
}

const DROP: EventDetails = { tag: 'dropped', reason: 'no-endpoint', count: 1, detail: null };
const moved = (endpoint: Endpoint): DeviceChange => ({ peers: [{ publicKey: KEY, updateOnly: true, endpoint }] });

describe('a name of a peer whose handshakes are not answered', () => {
  test('is resolved 10 s after the first initiation, and the peer gets its new endpoint', async () => {
    const { asked, changes, told, unanswered } = scene();
    await unanswered(100, 3);
    expect(asked).toEqual([110]);
    expect(changes).toEqual([moved(NEW)]);
    expect(told).toEqual([['vpn.example', NEW]]);
  });

  test('is resolved at growing intervals, of at most 5 minutes', async () => {
    const { state, asked, changes, unanswered } = scene();
    state.answer = OLD.address;
    await unanswered(0, 19 * 20);
    const pauses = asked.slice(1).map((at, i) => at - (asked[i] ?? 0));
    expect(asked[0]).toBe(10);
    expect(pauses.slice(0, 5)).toEqual([5, 5, 10, 20, 35]);
    expect(Math.max(...pauses)).toBeLessThan(320);
    expect(Math.max(...pauses)).toBeGreaterThanOrEqual(300);
    expect(changes, 'it is there already').toEqual([]);
  });

  test('is resolved at the initial interval again after an answer', async () => {
    const { state, asked, happens, unanswered } = scene();
    state.answer = OLD.address;
    await unanswered(0, 60);
    await happens(301, { tag: 'session-confirmed' });
    asked.length = 0;
    await unanswered(1000, 4);
    expect(asked).toEqual([1010, 1015]);
  });

  test('restores the endpoint of a peer that had roamed to an address that does not answer', async () => {
    const { state, changes, unanswered } = scene();
    state.answer = OLD.address;
    await unanswered(0, 3, { address: '203.0.113.5', port: 5555 });
    expect(changes).toEqual([moved(OLD)]);
  });

  test('is not resolved again with --no-reresolve', async () => {
    const { asked, unanswered } = scene({ again: false });
    await unanswered(0, 40);
    expect(asked).toEqual([]);
  });

  test('changes nothing when it does not resolve', async () => {
    const { state, asked, changes, unanswered } = scene();
    state.answer = 'EAI_AGAIN';
    await unanswered(0, 5);
    state.answer = NEW.address;
    await unanswered(100, 3);
    expect(asked.length).toBeGreaterThan(2);
    expect(changes).toEqual([moved(NEW)]);
  });
});

describe('a name without an address', () => {
  test.each([true, false])('is resolved while packets are sent to the peer (reresolve: %s)', async (again) => {
    const { state, asked, changes, happens, until } = scene({ endpoint: null, again });
    state.answer = 'EAI_AGAIN';
    await until(500);
    expect(asked, 'nobody wants to go there').toEqual([]);
    for (let second = 500; second < 530; second++) await happens(second, DROP);
    expect(asked).toEqual([500, 502, 506, 514]);
    state.answer = NEW.address;
    await happens(531, DROP);
    expect(changes).toEqual([moved(NEW)]);
  });

  test('is resolved periodically with a persistent keepalive, until it has an address', async () => {
    const { state, asked, changes, until } = scene({ endpoint: null, keepalive: true });
    state.answer = 'ENOTFOUND';
    await until(20);
    expect(asked).toEqual([2, 4, 8, 16]);
    state.answer = NEW.address;
    await until(2000);
    expect(asked).toEqual([2, 4, 8, 16, 32]);
    expect(changes).toEqual([moved(NEW)]);
  });

  test('is not resolved periodically after the peer has contacted this host', async () => {
    const { state, asked, happens, until } = scene({ endpoint: null, keepalive: true });
    state.answer = 'EAI_AGAIN';
    await happens(3, { tag: 'session-confirmed' });
    await until(1000);
    expect(asked).toEqual([2]);
  });
});

describe('no name', () => {
  test('is resolved for a peer with an address in the file, or for a device', async () => {
    const { asked, happens } = scene();
    const unanswered: EventDetails = {
      tag: 'initiation-sent',
      cause: 'retry',
      attempt: 9,
      wronglyAnswered: false,
      to: OLD,
    };
    await happens(10, unanswered, OTHER);
    await happens(10, DROP, OTHER);
    expect(asked).toEqual([]);
  });

  test.each<[string, DeviceChange]>([
    ['set by wg', { peers: [{ publicKey: KEY, endpoint: NEW }] }],
    ['removed', { peers: [{ publicKey: KEY, remove: true }] }],
    ['replaced with all others', { replacePeers: true, peers: [] }],
  ])('is used when the endpoint is %s', async (_name, change) => {
    const { names, asked, until, happens, unanswered } = scene({ endpoint: null, keepalive: true });
    names.forget(change);
    await until(100);
    await happens(100, DROP);
    await unanswered(200, 5);
    expect(asked).toEqual([]);
  });

  test('is dropped with a change of something else', async () => {
    const { names, asked, unanswered } = scene();
    names.forget({ peers: [{ publicKey: KEY, persistentKeepaliveSeconds: 9 }] });
    await unanswered(200, 3);
    expect(asked).toHaveLength(1);
  });

  test('changes an endpoint that was set while it was resolved', async () => {
    const { state, names, asked, changes, unanswered } = scene();
    state.meanwhile = () => names.forget({ peers: [{ publicKey: KEY, endpoint: OLD }] });
    await unanswered(0, 3);
    expect([asked, changes]).toEqual([[10], []]);
  });
});
