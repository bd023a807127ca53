import { describe, expect, test } from 'vitest';
import {
  ANSWER_TIMEOUT,
  ClientSession,
  type ClientSessionDeps,
  type ClientSessionEvent,
  RESULT_TIMEOUT,
} from '../../../src/session/client-session.ts';
import { frameOf, messageOf, plain, plainOctets, SealOracle } from '../../support/control-frames.ts';
import {
  CLIENT_ID,
  CLIENT_NONCE,
  hmacSha256,
  REPORT,
  REQUESTS,
  RESPONSES,
  ROW,
  SENT,
  specOf,
  TCP,
} from '../../support/control-messages.ts';

const SECRET = new TextEncoder().encode('correct horse');
const T0 = 5e9;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function depsOf(wish: Partial<ClientSessionDeps> = {}): ClientSessionDeps {
  return {
    version: '0.1.0',
    secret: null,
    wait: true,
    hmac: hmacSha256,
    nonce: new Uint8Array(32).fill(0x11),
    clientId: CLIENT_ID,
    ...wish,
  };
}

/** Without a secret every message is a plain frame. */
function say(session: ClientSession, message: unknown, now: number): void {
  session.handleFrame(plain(message), now);
}

function outputOf(session: ClientSession): { messages: { readonly type?: string }[]; events: ClientSessionEvent[] } {
  const messages: { readonly type?: string }[] = [];
  for (let one = session.pollTransmit(); one; one = session.pollTransmit())
    messages.push(messageOf(one) as { readonly type?: string });
  const events: ClientSessionEvent[] = [];
  for (let one = session.pollEvent(); one; one = session.pollEvent()) events.push(one);
  return { messages, events };
}

const STATES = ['greeting', 'asking', 'idle', 'opening', 'open', 'starting', 'running', 'stopping', 'closed'] as const;
type StateName = (typeof STATES)[number];

/** A session that got as far as `state` at T0, with its output taken. */
function sessionIn(state: StateName, wish: Partial<ClientSessionDeps> = {}): ClientSession {
  const session = new ClientSession(depsOf(wish), T0);
  const steps: readonly (() => void)[] = [
    () => say(session, RESPONSES.challenge, T0),
    () => say(session, RESPONSES.welcome, T0),
    () => session.open(specOf(), T0),
    () => say(session, RESPONSES.accepted, T0),
    () => session.start(T0),
    () => say(session, RESPONSES.started, T0),
    () => session.stop([SENT], false, T0),
    () => session.bye(),
  ];
  for (const step of steps.slice(0, STATES.indexOf(state))) step();
  outputOf(session);
  expect(session.state).toBe(state);
  return session;
}

/** Lets time pass until shortly before `until`, with a sign of the server every second. */
function stayAlive(session: ClientSession, until: number): void {
  for (let at = T0; at < until; at += 1e9) {
    session.handleTimeout(at);
    if (session.state !== 'greeting') say(session, RESPONSES.ping, at);
    outputOf(session);
  }
}

const BROKEN = 'ERR_PEER_PROTOCOL';
const NOTHING = 'nothing';

function reactionTo(session: ClientSession, message: unknown): string {
  say(session, message, T0);
  const { messages, events } = outputOf(session);
  const tags = events.map((event) => (event.tag === 'failed' ? event.code : event.tag));
  return [...messages.map((one) => `>${one.type}`), ...tags].join(' ') || NOTHING;
}

describe('ClientSession', () => {
  describe('every message in every state', () => {
    const none = NOTHING;
    const no = BROKEN;
    const busy = 'ERR_REFUSED';
    // challenge, queued, welcome, accepted, started, interval, sample, sent, result, ping, error, garbage
    const table: Record<StateName, readonly string[]> = {
      greeting: ['>auth', no, no, no, no, no, no, no, no, no, busy, no],
      asking: [no, 'queued', 'welcome', no, no, no, no, no, no, none, busy, no],
      idle: [no, no, no, no, no, no, no, no, no, none, busy, no],
      opening: [no, no, no, 'accepted', no, no, no, no, no, none, busy, no],
      open: [no, no, no, no, no, no, no, no, no, none, busy, no],
      starting: [no, no, no, no, 'started', no, no, no, no, none, busy, no],
      running: [no, no, no, no, no, 'interval', 'sample', 'sent', 'result', none, busy, no],
      stopping: [no, no, no, no, none, 'interval', 'sample', 'sent', 'result', none, busy, no],
      closed: [none, none, none, none, none, none, none, none, none, none, none, none],
    };
    const messages = [...Object.values(RESPONSES), { type: 'nonsense' }];
    const cases = STATES.flatMap((state) =>
      messages.map((message, i) => [state, message.type, table[state][i] ?? '', message] as const),
    );
    test.each(cases)('in %s, %s: %s', (state, _type, want, message) => {
      const session = sessionIn(state);
      expect(reactionTo(session, message)).toBe(want);
      if (want.startsWith('ERR_')) expect(session.state).toBe('closed');
    });
  });

  describe('every command of the driver in every state', () => {
    const commands: Record<string, (session: ClientSession) => void> = {
      open: (session) => session.open(specOf(), T0),
      start: (session) => session.start(T0),
      stop: (session) => session.stop([SENT], true, T0),
      bye: (session) => session.bye(),
    };
    const allowed: Record<string, readonly StateName[]> = {
      open: ['idle'],
      start: ['open'],
      stop: ['open', 'starting', 'running'],
      bye: STATES.filter((state) => state !== 'closed'),
    };
    const cases = Object.keys(commands).flatMap((name) => STATES.map((state) => [name, state] as const));
    test.each(cases)('%s() in %s', (name, state) => {
      const session = sessionIn(state);
      commands[name]?.(session);
      const may = allowed[name]?.includes(state);
      expect(outputOf(session).messages.map((one) => one.type)).toEqual(may ? [name] : []);
      if (!may) expect(session.state).toBe(state);
    });
  });

  test('sends hello at once, with its nonce and version', () => {
    expect(outputOf(new ClientSession(depsOf(), T0)).messages).toEqual([
      { type: 'hello', protocol: 2, version: '0.1.0', nonce: CLIENT_NONCE },
    ]);
  });

  test('reports the messages of the server, field by field', () => {
    const session = sessionIn('running');
    for (const message of [RESPONSES.interval, RESPONSES.sample, RESPONSES.sent, RESPONSES.result]) {
      say(session, message, T0);
    }
    expect(outputOf(session).events).toEqual([
      { tag: 'interval', rows: [ROW], cpuRatio: null },
      { tag: 'sample', stream: 3, tcp: TCP },
      { tag: 'sent', sent: [SENT] },
      { tag: 'result', result: REPORT },
    ]);
    expect(session.state, 'the server ended the test, the session goes on').toBe('idle');
  });

  test('asks for the processor use of the server, which comes once a second and no more often', () => {
    const asking = sessionIn('idle');
    asking.open(specOf(), T0, { live_cpu: true });
    expect(outputOf(asking).messages).toEqual([{ ...REQUESTS.open, live_cpu: true }]);
    const session = sessionIn('running');
    const tell = (at: number): void => say(session, { type: 'interval', rows: [], cpu_ratio: 0.5 }, at);
    for (let second = 1; second <= 200; second++) tell(T0 + second * 1e9);
    const { events } = outputOf(session);
    expect(events).toHaveLength(200);
    expect(events[0]).toEqual({ tag: 'interval', rows: [], cpuRatio: 0.5 });
    // 64 are in reserve.
    for (let i = 0; i <= 64; i++) tell(T0 + 200e9);
    expect(outputOf(session).events.at(-1)).toMatchObject({ tag: 'failed', code: BROKEN });
  });

  test('an older server tells no processor use', () => {
    const session = sessionIn('running');
    say(session, { type: 'interval', rows: [ROW] }, T0);
    expect(outputOf(session).events).toEqual([{ tag: 'interval', rows: [ROW], cpuRatio: null }]);
  });

  test('uses the token that the server sends', () => {
    const session = sessionIn('opening');
    say(session, RESPONSES.accepted, T0);
    expect(outputOf(session).events).toEqual([
      {
        tag: 'accepted',
        spec: specOf(),
        clipped: [],
        token: Uint8Array.of(0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77),
      },
    ]);
  });

  test('refuses a test without a token', () => {
    expect(reactionTo(sessionIn('opening'), { ...RESPONSES.accepted, token: null })).toBe(BROKEN);
  });

  test('refuses another version and names both', () => {
    const session = sessionIn('greeting');
    say(session, { ...RESPONSES.challenge, protocol: 7 }, T0);
    expect(outputOf(session).events).toEqual([
      { tag: 'failed', code: BROKEN, message: 'the server speaks protocol 7, not 2' },
    ]);
  });

  test.each([
    ['busy', 'ERR_REFUSED'],
    ['limit', 'ERR_REFUSED'],
    ['authentication', 'ERR_REFUSED'],
    ['protocol', 'ERR_PEER_PROTOCOL'],
    ['timeout', 'ERR_PEER_LOST'],
    ['shutdown', 'ERR_PEER_LOST'],
    ['failed', 'ERR_PEER_LOST'],
  ] as const)('an error "%s" is %s', (code, want) => {
    const session = sessionIn('running');
    say(session, { type: 'error', code, message: 'words of the server' }, T0);
    expect(outputOf(session).events).toEqual([
      { tag: 'failed', code: want, message: 'the server ended the session: words of the server' },
    ]);
  });

  test('fails once', () => {
    const session = sessionIn('running');
    session.fail('ERR_PEER_LOST', 'first');
    session.fail('ERR_CONNECT', 'second');
    expect(outputOf(session).events).toEqual([{ tag: 'failed', code: 'ERR_PEER_LOST', message: 'first' }]);
  });

  test('without a secret, a sealed frame is not taken for that of a server with a wrong one', () => {
    const session = sessionIn('greeting');
    session.handleFrame({ ...plain(RESPONSES.challenge), tag: new Uint8Array(16) }, T0);
    expect(outputOf(session).events).toEqual([
      { tag: 'failed', code: 'ERR_PEER_PROTOCOL', message: 'the server sealed a frame, and there is no key for it' },
    ]);
  });

  describe('with a secret', () => {
    const challenge = { ...RESPONSES.challenge, auth: 'hmac-sha256' };
    const UNPROVEN = 'the server does not know the secret: it is not the one that you trust';

    /** A session that has heard a challenge, its own next frame, and what the server would say with `secret`. */
    function greeted(secret: Uint8Array = SECRET) {
      const session = new ClientSession(depsOf({ secret: SECRET, wait: false }), T0);
      const hello = session.pollTransmit() ?? new Uint8Array(0);
      session.handleFrame(plain(challenge), T0);
      const auth = session.pollTransmit() ?? new Uint8Array(0);
      const oracle = new SealOracle(secret, hello, plainOctets(challenge));
      const hear = (message: unknown) => session.handleFrame(frameOf(oracle.seal('server', message)), T0);
      return { session, auth, oracle, hear };
    }

    test('proves it with a sealed frame', () => {
      const { auth, oracle } = greeted();
      expect(messageOf(auth)).toEqual({ type: 'auth', client_id: CLIENT_ID, wait: false });
      expect(oracle.isAuthentic('client', 0, auth)).toBe(true);
    });

    test('refuses a server without a secret: it may be another one', () => {
      expect(reactionTo(sessionIn('greeting', { secret: SECRET }), RESPONSES.challenge)).toBe('ERR_REFUSED');
    });

    test('without one, it fails before it sends auth', () => {
      const session = sessionIn('greeting');
      say(session, challenge, T0);
      expect(outputOf(session)).toMatchObject({
        messages: [],
        events: [{ code: 'ERR_REFUSED', message: expect.stringContaining('--secret-file') }],
      });
    });

    test('accepts the proof of the server, and with it its identity', () => {
      const { session, hear } = greeted();
      hear(RESPONSES.welcome);
      expect(outputOf(session).events).toEqual([{ tag: 'welcome', welcome: RESPONSES.welcome, serverId: 'ab-12' }]);
    });

    test.each([
      ['not sealed', () => plain(RESPONSES.welcome)],
      [
        'sealed with another secret',
        () => frameOf(greeted(new Uint8Array(16)).oracle.seal('server', RESPONSES.welcome)),
      ],
      ['its own, turned around', ({ auth }: ReturnType<typeof greeted>) => frameOf(auth)],
    ])('refuses a server whose proof is %s', (_name, frame) => {
      const scene = greeted();
      scene.session.handleFrame(frame(scene), T0);
      expect(outputOf(scene.session).events).toEqual([{ tag: 'failed', code: 'ERR_REFUSED', message: UNPROVEN }]);
    });

    test('accepts a plain error of a server before its proof, and not after it', () => {
      const refusal = { type: 'error', code: 'authentication', message: 'wrong' };
      const { session } = greeted();
      session.handleFrame(plain(refusal), T0);
      expect(outputOf(session).events).toMatchObject([
        { code: 'ERR_REFUSED', message: expect.stringMatching(/wrong/) },
      ]);
      const later = greeted();
      later.hear(RESPONSES.welcome);
      outputOf(later.session);
      later.session.handleFrame(plain(refusal), T0);
      expect(outputOf(later.session).events).toMatchObject([
        { code: BROKEN, message: 'the server did not seal a frame' },
      ]);
    });

    test('derives a token of its own for each test, whatever the server sends', () => {
      const { session, hear, oracle } = greeted();
      hear(RESPONSES.welcome);
      for (const serial of [0, 1]) {
        outputOf(session);
        session.open(specOf(), T0);
        hear(RESPONSES.accepted);
        const [event] = outputOf(session).events;
        expect(event?.tag === 'accepted' && hex(event.token)).toBe(oracle.token(serial));
        session.stop([], true, T0);
        hear(RESPONSES.result);
      }
    });
  });

  describe.each(['idle', 'open', 'running'] as const)('signs of life in %s', (state) => {
    test('sends one every 2 s', () => {
      const session = sessionIn(state);
      for (let at = T0 + 2e9; at < T0 + 13e9; at += 2e9) {
        expect(session.pollTimeout()).toBe(at);
        session.handleTimeout(at);
        expect(outputOf(session)).toEqual({ messages: [{ type: 'ping' }], events: [] });
      }
    });

    test('a server that sends none for 13 s is lost', () => {
      const session = sessionIn(state);
      say(session, RESPONSES.ping, T0 + 1e9);
      session.handleTimeout(T0 + 14e9 - 1);
      expect(outputOf(session).events).toEqual([]);
      session.handleTimeout(T0 + 14e9);
      const message = 'no sign of the server for 13 s';
      expect(outputOf(session)).toEqual({ messages: [], events: [{ tag: 'failed', code: 'ERR_PEER_LOST', message }] });
      expect([session.state, session.pollTimeout()]).toEqual(['closed', undefined]);
    });
  });

  describe('deadlines', () => {
    test.each([
      ['greeting', ANSWER_TIMEOUT, 'ERR_CONNECT'],
      ['asking', ANSWER_TIMEOUT, 'ERR_CONNECT'],
      ['opening', ANSWER_TIMEOUT, 'ERR_CONNECT'],
      ['starting', ANSWER_TIMEOUT, 'ERR_CONNECT'],
      ['stopping', RESULT_TIMEOUT, 'ERR_PEER_LOST'],
    ] as const)('a server that does not answer in %s has failed after %d ns and not before', (state, limit, code) => {
      const session = sessionIn(state);
      stayAlive(session, T0 + limit);
      expect(session.pollTimeout()).toBe(T0 + limit);
      session.handleTimeout(T0 + limit - 1);
      expect(outputOf(session).events).toEqual([]);
      session.handleTimeout(T0 + limit);
      expect(outputOf(session).events).toEqual([
        { tag: 'failed', code, message: expect.stringContaining(`the server did not answer in time (${state})`) },
      ]);
      expect([session.state, session.pollTimeout()]).toEqual(['closed', undefined]);
    });

    test.each([
      ['greeting', 1e9, 1e9],
      ['opening', 1e9, ANSWER_TIMEOUT],
      ['opening', 60e9, 60e9],
      ['starting', 60e9, 60e9],
      ['stopping', 60e9, RESULT_TIMEOUT],
    ] as const)('a wish for %s of %d ns makes it %d ns', (state, answerLimit, limit) => {
      const session = sessionIn(state, { answerLimit });
      stayAlive(session, T0 + limit);
      expect(session.pollTimeout()).toBe(T0 + limit);
    });

    test.each(['idle', 'open', 'running'] as const)('there is none in %s while the server is alive', (state) => {
      const session = sessionIn(state);
      stayAlive(session, T0 + 3600e9);
      expect(session.state).toBe(state);
    });

    test('there is none in the queue, and the queue may move', () => {
      const session = sessionIn('asking');
      say(session, RESPONSES.queued, T0);
      say(session, { type: 'queued', place: 1 }, T0 + 1);
      expect(outputOf(session).events).toEqual([
        { tag: 'queued', place: 2 },
        { tag: 'queued', place: 1 },
      ]);
      stayAlive(session, T0 + 3600e9);
      expect(reactionTo(session, RESPONSES.welcome)).toBe('welcome');
    });
  });

  describe('a server that reports more than is possible', () => {
    const rows = (count: number): unknown => ({ type: 'interval', rows: Array.from({ length: count }, () => ROW) });
    const failure = (what: string) => ({
      tag: 'failed',
      code: 'ERR_PEER_PROTOCOL',
      message: `the server sent more ${what} than there can be`,
    });
    /** What a test of this spec has after `intervals` of them, with those to spare. */
    const most = (intervals: number): number => specOf().streams * (intervals + 64);

    test.each(['running', 'stopping'] as const)('of intervals is left, in %s, and nothing of it is kept', (state) => {
      const session = sessionIn(state);
      const now = T0 + 10 * specOf().interval_ns;
      say(session, rows(most(10)), now);
      expect(outputOf(session).events).toHaveLength(1);
      say(session, rows(1), now);
      expect(outputOf(session).events).toEqual([failure('intervals')]);
    });

    test('of samples is left', () => {
      const session = sessionIn('running');
      for (let i = 0; i < most(0); i++) say(session, RESPONSES.sample, T0);
      expect(outputOf(session).events).toHaveLength(most(0));
      say(session, RESPONSES.sample, T0);
      expect(outputOf(session).events).toEqual([failure('samples')]);
    });

    test('of the end of its senders is left', () => {
      const session = sessionIn('running');
      say(session, RESPONSES.sent, T0);
      say(session, RESPONSES.sent, T0);
      expect(outputOf(session).events.at(-1)).toEqual(failure('reports of its senders'));
    });

    test.each([2, 3])('of its queue, from place 2 to %i, is left', (place) => {
      const session = sessionIn('asking');
      say(session, { type: 'queued', place: 2 }, T0);
      say(session, { type: 'queued', place }, T0);
      expect(outputOf(session).events.at(-1)).toEqual(failure('places in its queue'));
    });

    test('is not one that keeps up with the time', () => {
      const session = sessionIn('running');
      for (let i = 1; i <= 10_000; i++) {
        say(session, rows(specOf().streams), T0 + i * specOf().interval_ns);
        say(session, RESPONSES.sample, T0 + i * specOf().interval_ns);
      }
      expect(outputOf(session).events.filter(({ tag }) => tag === 'failed')).toEqual([]);
    });
  });
});
