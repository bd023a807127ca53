import { describe, expect, test } from 'vitest';
import {
  HELLO_TIMEOUT,
  OPEN_TIMEOUT,
  ServerSession,
  type ServerSessionDeps,
  type ServerSessionEvent,
  TEST_GRACE,
} from '../../../src/session/server-session.ts';
import { frameOf, messageOf, plain, plainOctets, SealOracle } from '../../support/control-frames.ts';
import {
  CLIENT_ID,
  HOST,
  hmacSha256,
  NO_LIMITS,
  PATH,
  REPORT,
  REQUESTS,
  ROW,
  SENT,
  SERVER_NONCE,
  specOf,
  TCP,
} from '../../support/control-messages.ts';

const SECRET = new TextEncoder().encode('correct horse');
const TOKEN = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const T0 = 5e9;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function depsOf(wish: Partial<ServerSessionDeps> = {}): ServerSessionDeps {
  return {
    protocol: 2,
    serverId: 'ab-12',
    version: '0.1.0',
    engine: 'linux',
    limits: NO_LIMITS,
    secret: null,
    hmac: hmacSha256,
    nonce: new Uint8Array(32).fill(0x22),
    randomToken: () => TOKEN,
    ...wish,
  };
}

/** Without a secret every message is a plain frame. */
function say(session: ServerSession, message: unknown, now: number): void {
  session.handleFrame(plain(message), now);
}

function outputOf(session: ServerSession): { messages: unknown[]; events: ServerSessionEvent[] } {
  const messages: unknown[] = [];
  for (let one = session.pollTransmit(); one; one = session.pollTransmit()) messages.push(messageOf(one));
  const events: ServerSessionEvent[] = [];
  for (let one = session.pollEvent(); one; one = session.pollEvent()) events.push(one);
  return { messages, events };
}

const STATES = ['hello', 'auth', 'waiting', 'idle', 'open', 'running', 'stopping', 'closed'] as const;
type StateName = (typeof STATES)[number];

/** A session that got as far as `state` at T0, with its output taken. */
function sessionIn(state: StateName, wish: Partial<ServerSessionDeps> = {}, spec = specOf()): ServerSession {
  const session = new ServerSession(depsOf(wish), T0);
  const steps: readonly (() => void)[] = [
    () => say(session, REQUESTS.hello, T0),
    () => say(session, REQUESTS.auth, T0),
    () => session.admit(HOST, PATH),
    () => say(session, { type: 'open', spec }, T0),
    () => say(session, REQUESTS.start, T0),
    () => say(session, REQUESTS.stop, T0),
    () => say(session, REQUESTS.bye, T0),
  ];
  for (const step of steps.slice(0, STATES.indexOf(state))) step();
  outputOf(session);
  return session;
}

/** Lets time pass until shortly before `until`, with a sign of the client every second; returns what else happened. */
function stayAlive(session: ServerSession, until: number): readonly unknown[] {
  const happened: unknown[] = [];
  for (let at = T0; at < until; at += 1e9) {
    session.handleTimeout(at);
    say(session, REQUESTS.ping, at);
    const { messages, events } = outputOf(session);
    happened.push(...events, ...messages.filter((one) => (one as { type: string }).type !== 'ping'));
  }
  return happened;
}

const REFUSED = 'refused';
const NOTHING = 'nothing';
const GARBAGE = { type: 'nonsense' };

function reactionTo(session: ServerSession, message: unknown): string {
  say(session, message, T0);
  const { messages, events } = outputOf(session);
  const sent = messages.map((one) => (one as { type: string; code?: string }).code ?? (one as { type: string }).type);
  const tags = events.map((event) => (event.tag === 'closed' && event.reason === 'done' ? 'done' : event.tag));
  if (sent.join() === 'protocol' && tags.join() === 'closed') return REFUSED;
  return [...sent, ...tags].join(' ') || NOTHING;
}

describe('ServerSession', () => {
  describe('every message in every state', () => {
    const table: Record<StateName, readonly string[]> = {
      //        hello        auth               open             start            ping     stop     bye     garbage
      hello: ['challenge', REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, 'done', REFUSED],
      auth: [REFUSED, 'wants-admission', REFUSED, REFUSED, REFUSED, REFUSED, 'done', REFUSED],
      waiting: [REFUSED, REFUSED, REFUSED, REFUSED, NOTHING, REFUSED, 'done', REFUSED],
      idle: [REFUSED, REFUSED, 'accepted open', REFUSED, NOTHING, NOTHING, 'done', REFUSED],
      open: [REFUSED, REFUSED, REFUSED, 'started start', NOTHING, 'stop', 'done', REFUSED],
      running: [REFUSED, REFUSED, REFUSED, REFUSED, NOTHING, 'stop', 'done', REFUSED],
      stopping: [REFUSED, REFUSED, REFUSED, REFUSED, NOTHING, NOTHING, 'done', REFUSED],
      closed: [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING],
    };
    const messages = [...Object.values(REQUESTS), GARBAGE];
    const cases = STATES.flatMap((state) =>
      messages.map((message, i) => [state, message.type, table[state][i] ?? '', message] as const),
    );
    test.each(cases)('in %s, %s: %s', (state, _type, want, message) => {
      expect(reactionTo(sessionIn(state), message)).toBe(want);
    });
  });

  describe('messages without number', () => {
    const limit = { type: 'error', code: 'limit', message: expect.stringContaining('more messages') };

    /** Says `message` every `gapNs` until the session ends or `most` were said; returns what was said last. */
    function repeat(session: ServerSession, message: unknown, gapNs: number, most = 10_000) {
      for (let said = 1; said <= most; said++) {
        say(session, message, T0 + said * gapNs);
        const { messages, events } = outputOf(session);
        if (events.some(({ tag }) => tag === 'closed')) return { said, last: messages.at(-1) };
      }
      return { said: most, last: undefined };
    }

    test.each(['waiting', 'idle', 'open', 'running', 'stopping'] as const)('pings end it in %s', (state) => {
      const { said, last } = repeat(sessionIn(state), REQUESTS.ping, 0);
      expect(last).toEqual(limit);
      expect(said).toBeLessThan(150);
    });

    test('a ping every 10 ms ends it too, one every 100 ms does not', () => {
      expect(repeat(sessionIn('idle'), REQUESTS.ping, 10e6).last).toEqual(limit);
      expect(repeat(sessionIn('idle'), REQUESTS.ping, 100e6).last).toBeUndefined();
    });

    test('long reports end it sooner', () => {
      const stop = { type: 'stop', sent: Array.from({ length: 128 }, () => SENT), aborted: false };
      const { said, last } = repeat(sessionIn('idle'), stop, 0);
      expect(last).toEqual(limit);
      expect(said).toBeLessThan(30);
    });

    test.each([1, 128])('short tests of %i streams, one after another, do not', (streams) => {
      const session = sessionIn('idle');
      const spec = specOf({ streams });
      const stop = { ...REQUESTS.stop, sent: Array.from({ length: streams }, () => SENT) };
      for (let i = 0; i < 200; i++) {
        for (const message of [{ type: 'open', spec }, REQUESTS.start, stop]) say(session, message, T0);
        session.finish({ ...REPORT, trace: null });
        const { messages } = outputOf(session);
        expect(messages).toContainEqual(expect.objectContaining({ type: 'result' }));
      }
    });

    test('tests without streams do', () => {
      const session = sessionIn('idle');
      let last: unknown;
      for (let i = 0; i < 100; i++) {
        for (const message of [{ type: 'open', spec: specOf() }, REQUESTS.start, REQUESTS.stop])
          say(session, message, T0);
        session.finish({ ...REPORT, complete: false });
        last = outputOf(session).messages.at(-1) ?? last;
      }
      expect(last).toEqual(limit);
    });
  });

  describe.each(['waiting', 'idle', 'open', 'running', 'stopping'] as const)('signs of life in %s', (state) => {
    const open = { bytes: 1, duration_ns: null };

    test('sends one every 2 s, and expects none for 13 s', () => {
      const session = sessionIn(state, {}, specOf(open));
      for (let at = T0 + 2e9; at < T0 + 13e9; at += 2e9) {
        expect(session.pollTimeout()).toBe(at);
        session.handleTimeout(at - 1);
        expect(outputOf(session)).toEqual({ messages: [], events: [] });
        session.handleTimeout(at);
        expect(outputOf(session)).toEqual({ messages: [{ type: 'ping' }], events: [] });
      }
      expect(session.pollTimeout()).toBe(T0 + 13e9);
    });

    test('a client that sends none for 13 s is lost, and is sent the reason', () => {
      const session = sessionIn(state, {}, specOf(open));
      session.handleTimeout(T0 + 13e9 - 1);
      expect(outputOf(session).events).toEqual([]);
      session.handleTimeout(T0 + 13e9);
      const reason = 'no sign of the client for 13 s';
      expect(outputOf(session)).toEqual({
        messages: [{ type: 'error', code: 'timeout', message: reason }],
        events: [{ tag: 'lost', reason }],
      });
      expect(session.pollTimeout()).toBeUndefined();
      session.handleTimeout(1e18);
      expect(outputOf(session)).toEqual({ messages: [], events: [] });
    });

    test('any message is a sign', () => {
      const session = sessionIn(state, {}, specOf(open));
      say(session, REQUESTS.ping, T0 + 12e9);
      session.handleTimeout(T0 + 25e9 - 1);
      expect(outputOf(session).events).toEqual([]);
      session.handleTimeout(T0 + 25e9);
      expect(outputOf(session).events).toMatchObject([{ tag: 'lost' }]);
    });
  });

  describe('every command of the driver in every state', () => {
    const commands: Record<string, (session: ServerSession) => void> = {
      admit: (session) => session.admit(HOST, PATH),
      queue: (session) => session.queue(3),
      report: (session) => session.report([ROW]),
      sample: (session) => session.sample(1, TCP),
      finishSending: (session) => session.finishSending([SENT]),
      finish: (session) => session.finish(REPORT),
      refuse: (session) => session.refuse('shutdown', 'the server is going down'),
    };
    const says: Record<string, string> = {
      admit: 'welcome',
      queue: 'queued',
      report: 'interval',
      sample: 'sample',
      finishSending: 'sent',
      finish: 'result',
      refuse: 'error',
    };
    const allowed: Record<string, readonly StateName[]> = {
      admit: ['waiting'],
      queue: ['waiting'],
      report: ['running', 'stopping'],
      sample: ['running', 'stopping'],
      finishSending: ['running', 'stopping'],
      finish: ['running', 'stopping'],
      refuse: STATES.filter((state) => state !== 'closed'),
    };
    const cases = Object.keys(commands).flatMap((name) => STATES.map((state) => [name, state] as const));
    test.each(cases)('%s() in %s', (name, state) => {
      const session = sessionIn(state);
      commands[name]?.(session);
      const sent = outputOf(session).messages.map((one) => (one as { type: string }).type);
      expect(sent).toEqual(allowed[name]?.includes(state) ? [says[name]] : []);
    });
  });

  test('sends its identity, and admits clients without a secret', () => {
    const session = new ServerSession(depsOf(), T0);
    say(session, REQUESTS.hello, T0);
    expect(outputOf(session)).toEqual({
      messages: [
        { type: 'challenge', protocol: 2, version: '0.1.0', nonce: SERVER_NONCE, server_id: 'ab-12', auth: 'none' },
      ],
      events: [],
    });
    say(session, REQUESTS.auth, T0);
    expect(outputOf(session)).toEqual({
      messages: [],
      events: [{ tag: 'wants-admission', version: '0.1.0', clientId: CLIENT_ID, wait: true }],
    });
    session.admit(HOST, PATH);
    expect(outputOf(session).messages).toEqual([
      {
        type: 'welcome',
        server_id: 'ab-12',
        engine: 'linux',
        limits: NO_LIMITS,
        host: { ...HOST, version: '0.1.0' },
        path: PATH,
        mtu_probes: true,
        trace_back: true,
        tests: ['bandwidth', 'latency', 'connections', 'handshakes'],
      },
    ]);
  });

  test('sends a random token if there is no secret', () => {
    const session = sessionIn('idle');
    say(session, REQUESTS.open, T0);
    expect(outputOf(session)).toEqual({
      messages: [{ type: 'accepted', spec: specOf(), clipped: [], token: '0102030405060708' }],
      events: [{ tag: 'open', spec: specOf(), token: TOKEN, capture: false, trace: null, purpose: null }],
    });
  });

  test('with a capture, the client waits for accept()', () => {
    const session = sessionIn('idle');
    say(session, { ...REQUESTS.open, capture: true }, T0);
    const accepted = { type: 'accepted', spec: specOf(), clipped: [], token: '0102030405060708' };
    expect(outputOf(session)).toEqual({
      messages: [],
      events: [{ tag: 'open', spec: specOf(), token: TOKEN, capture: true, trace: null, purpose: null }],
    });
    say(session, REQUESTS.ping, T0);
    expect(outputOf(session)).toEqual({ messages: [], events: [] });
    session.accept(T0 + 1e9);
    expect(outputOf(session)).toEqual({ messages: [accepted], events: [] });
    session.accept(T0 + 2e9);
    expect(outputOf(session).messages).toEqual([]);
    say(session, REQUESTS.start, T0 + 2e9);
    expect(outputOf(session).messages).toEqual([{ type: 'started' }]);
  });

  test('tells its processor use to a client that asked for it, and to no other', () => {
    for (const [live_cpu, messages] of [
      [true, [{ type: 'interval', rows: [], cpu_ratio: 0.25 }]],
      [null, []],
    ] as const) {
      const session = sessionIn('idle');
      say(session, { ...REQUESTS.open, live_cpu }, T0);
      session.reportCpu(0.25);
      say(session, REQUESTS.start, T0);
      outputOf(session);
      session.reportCpu(0.25);
      session.reportCpu(null);
      expect(outputOf(session).messages).toEqual(messages);
    }
  });

  test('with a capture, nothing starts before accept()', () => {
    const session = sessionIn('idle');
    say(session, { ...REQUESTS.open, capture: true }, T0);
    say(session, REQUESTS.start, T0);
    expect(outputOf(session).messages).toMatchObject([{ type: 'error', code: 'protocol' }]);
    session.accept(T0);
    expect(outputOf(session).messages).toEqual([]);
  });

  test('applies its limits to what is opened and to what is started', () => {
    const session = sessionIn('idle', { limits: { ...NO_LIMITS, max_duration_ns: 3e9 } });
    say(session, REQUESTS.open, T0);
    const spec = specOf({ duration_ns: 3e9 });
    const clipped = [{ field: 'duration_ns', asked: 10e9, granted: 3e9 }];
    const { messages, events } = outputOf(session);
    expect(messages).toMatchObject([{ type: 'accepted', spec, clipped }]);
    expect(events).toMatchObject([{ tag: 'open', spec }]);
    say(session, REQUESTS.start, T0);
    expect(outputOf(session).events).toEqual([{ tag: 'start', spec }]);
  });

  test('reports the messages of the client', () => {
    const session = sessionIn('running');
    say(session, { type: 'stop', sent: [SENT], aborted: true }, T0);
    expect(outputOf(session).events).toEqual([{ tag: 'stop', sent: [SENT], aborted: true }]);
  });

  test('opens a second test after a result', () => {
    const session = sessionIn('stopping');
    session.finish(REPORT);
    expect(outputOf(session).messages).toEqual([{ type: 'result', result: REPORT }]);
    expect(reactionTo(session, REQUESTS.open)).toBe('accepted open');
  });

  test('speaks version 1 with older clients if there is no secret', () => {
    const session = new ServerSession(depsOf({ protocol: 1 }), T0);
    say(session, { ...REQUESTS.hello, protocol: 1 }, T0);
    expect(outputOf(session).messages).toMatchObject([{ type: 'challenge', protocol: 1, auth: 'none' }]);
    expect(reactionTo(session, { ...REQUESTS.auth, mac: null })).toBe('wants-admission');
  });

  test.each([
    [0, null, 'protocol 0 is not spoken here: update winze of the client'],
    [3, null, 'protocol 3 is not spoken here: update winze of the server'],
    [1, null, 'two versions in one connection'],
    [1, SECRET, 'protocol 1 authenticates no message, and this server has a secret: update winze of the client'],
  ])('refuses version %d in words (secret: %s)', (protocol, secret, message) => {
    const session = new ServerSession(depsOf({ secret }), T0);
    say(session, { ...REQUESTS.hello, protocol }, T0);
    expect(outputOf(session)).toEqual({
      messages: [{ type: 'error', code: 'protocol', message }],
      events: [{ tag: 'closed', reason: message, code: 'protocol' }],
    });
  });

  test('truncates a reason to the limit of an error message', () => {
    const session = sessionIn('idle');
    session.refuse('failed', 'x'.repeat(1000));
    expect(outputOf(session).messages).toEqual([{ type: 'error', code: 'failed', message: 'x'.repeat(500) }]);
  });

  describe('with a secret', () => {
    /** A session that has challenged, and what a client would say with `secret`. */
    function challenged(secret: Uint8Array = SECRET, wish: Partial<ServerSessionDeps> = {}) {
      const session = new ServerSession(depsOf({ secret: SECRET, ...wish }), T0);
      say(session, REQUESTS.hello, T0);
      const challenge = session.pollTransmit() ?? new Uint8Array(0);
      expect(messageOf(challenge)).toMatchObject({ type: 'challenge', auth: 'hmac-sha256', server_id: 'ab-12' });
      const oracle = new SealOracle(secret, plainOctets(REQUESTS.hello), challenge);
      const hear = (message: unknown) => session.handleFrame(frameOf(oracle.seal('client', message)), T0);
      return { session, oracle, hear };
    }

    test('admits a client that proves it, and proves itself', () => {
      const { session, oracle, hear } = challenged();
      hear(REQUESTS.auth);
      expect(outputOf(session).events).toMatchObject([{ tag: 'wants-admission' }]);
      session.admit(HOST, PATH);
      const welcome = session.pollTransmit() ?? new Uint8Array(0);
      expect(messageOf(welcome)).toMatchObject({ type: 'welcome' });
      expect(oracle.isAuthentic('server', 0, welcome)).toBe(true);
    });

    test.each([
      ['none', () => plain(REQUESTS.auth)],
      ['made with another secret', () => frameOf(challenged(new Uint8Array(16)).oracle.seal('client', REQUESTS.auth))],
      ['one of a server', () => frameOf(challenged().oracle.seal('server', REQUESTS.auth))],
      [
        'recorded: the nonce is fresh',
        () => frameOf(challenged(SECRET, { nonce: new Uint8Array(32) }).oracle.seal('client', REQUESTS.auth)),
      ],
    ])('refuses a proof that is %s, in words that who has no key can read', (_name, frame) => {
      const { session } = challenged();
      session.handleFrame(frame(), T0);
      const refusal = session.pollTransmit() ?? new Uint8Array(0);
      expect([refusal[0], messageOf(refusal)]).toMatchObject([0, { type: 'error', code: 'authentication' }]);
      expect(outputOf(session).events).toEqual([
        { tag: 'closed', reason: 'the secret is missing or wrong; use --secret-file', code: 'authentication' },
      ]);
    });

    test('derives the token of each test and never sends it', () => {
      const { session, oracle, hear } = challenged();
      hear(REQUESTS.auth);
      session.admit(HOST, PATH);
      for (const serial of [0, 1, 2]) {
        outputOf(session);
        hear(REQUESTS.open);
        const { messages, events } = outputOf(session);
        expect(messages).toMatchObject([{ type: 'accepted', token: null }]);
        const [event] = events;
        expect(event?.tag === 'open' && hex(event.token)).toBe(oracle.token(serial));
        hear(REQUESTS.start);
        hear(REQUESTS.stop);
        session.finish(REPORT);
      }
    });
  });

  describe('deadlines', () => {
    test.each([
      ['hello', HELLO_TIMEOUT],
      ['auth', HELLO_TIMEOUT],
      ['open', OPEN_TIMEOUT],
    ] as const)('a client that does not go on in %s is refused after %d ns and not before', (state, limit) => {
      const session = sessionIn(state);
      if (state === 'open') stayAlive(session, T0 + limit);
      expect(session.pollTimeout()).toBe(T0 + limit);
      session.handleTimeout(T0 + limit - 1);
      expect(outputOf(session)).toEqual({ messages: [], events: [] });
      session.handleTimeout(T0 + limit);
      const reason = `the client sent nothing in state ${state} for too long`;
      const { messages, events } = outputOf(session);
      expect(messages.at(-1)).toEqual({ type: 'error', code: 'timeout', message: reason });
      expect(events).toEqual([{ tag: 'closed', reason, code: 'timeout' }]);
      expect(session.pollTimeout()).toBeUndefined();
    });

    test.each(['waiting', 'idle', 'stopping'] as const)('there is none in %s for a client that is alive', (state) => {
      const session = sessionIn(state);
      expect(stayAlive(session, T0 + 3600e9)).toEqual([]);
    });

    const running = (wish: Parameters<typeof specOf>[0], max: number | null): ServerSession =>
      sessionIn('running', { limits: { ...NO_LIMITS, max_duration_ns: max } }, specOf(wish));

    test.each([
      ['warm-up, duration and grace', { warmup_ns: 2e9, duration_ns: 10e9 }, null, 12e9],
      ['what the server allows, for a test of bytes', { bytes: 1e12, duration_ns: null, warmup_ns: 1e9 }, 5e9, 5e9],
      ['what the server allows, for a test without an end', { duration_ns: null }, 5e9, 5e9],
    ] as const)('a test ends by itself after %s', (_name, wish, max, length) => {
      const session = running(wish, max);
      stayAlive(session, T0 + length + TEST_GRACE);
      expect(session.pollTimeout()).toBe(T0 + length + TEST_GRACE);
      session.handleTimeout(T0 + length + TEST_GRACE - 1);
      expect(outputOf(session).events).toEqual([]);
      session.handleTimeout(T0 + length + TEST_GRACE);
      expect(outputOf(session).events).toEqual([{ tag: 'stop', sent: [], aborted: true }]);
      expect(reactionTo(session, REQUESTS.stop), 'the client’s own stop is late, not wrong').toBe(NOTHING);
      session.finish(REPORT);
      expect(outputOf(session).messages).toMatchObject([{ type: 'result' }]);
      expect(reactionTo(session, REQUESTS.stop), 'nor is it after the result').toBe(NOTHING);
    });

    test.each([
      ['bytes', { bytes: 1e12, duration_ns: null }],
      ['no end', { duration_ns: null }],
    ] as const)('a test of %s has none where the server sets no limit', (_name, wish) => {
      expect(stayAlive(running(wish, null), T0 + 3600e9)).toEqual([]);
    });
  });
});
