import { describe, expect, test } from 'vitest';
import { ClientList, type ListedClient } from '../../../../src/run/server/client-list.ts';

class Client implements ListedClient {
  readonly clientId: string;
  readonly address: string;
  readonly told: (string | number)[] = [];
  isTesting = false;

  constructor(clientId: string, address = clientId) {
    this.clientId = clientId;
    this.address = address;
  }

  admit(): void {
    this.told.push('admitted');
  }

  queue(place: number): void {
    this.told.push(place);
  }

  refuse(code: string): void {
    this.told.push(code);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Long enough for a round in which all are told their places. */
async function round(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 110));
  for (let i = 0; i < 20; i++) await turn();
}

/** A full list of one place: the client that has it, and `count` that wait. */
function crowd(count: number): { list: ClientList<Client>; first: Client; waiting: Client[] } {
  const list = new ClientList<Client>(1, false);
  const [first, ...waiting] = Array.from({ length: count + 1 }, (_, i) => new Client(`${i}`)) as [Client, ...Client[]];
  for (const client of [first, ...waiting]) {
    list.add(client);
    list.enter(client, true);
  }
  return { list, first, waiting };
}

describe('ClientList', () => {
  test('admits, queues, and admits the next one when one leaves', () => {
    const { list, first, waiting } = crowd(2);
    expect([first, ...waiting].map(({ told }) => told)).toEqual([['admitted'], [1], [2]]);
    expect(list.leave(first)).toBe(true);
    expect(waiting.map(({ told }) => told)).toEqual([[1, 'admitted'], [2]]);
  });

  test('refuses a client that does not wait, and keeps no state of it', () => {
    const { list, first } = crowd(0);
    const hasty = new Client('hasty');
    list.add(hasty);
    list.enter(hasty, false);
    expect(hasty.told).toEqual(['busy']);
    expect(list.leave(hasty)).toBe(false);
    const patient = new Client('patient');
    list.enter(patient, true);
    expect(patient.told).toEqual([1]);
    list.leave(first);
    expect(patient.told).toEqual([1, 'admitted']);
  });

  test('gives the connections of one run a common place, until the last of them has left', () => {
    const { list, first, waiting } = crowd(1);
    const [second, third] = [new Client('0'), new Client('1')];
    list.enter(second, false);
    list.enter(third, true);
    expect([second.told, third.told]).toEqual([['admitted'], [1]]);
    expect([...list.runOf(first)]).toEqual([first, second]);
    expect([list.leave(first), list.leave(first), list.leave(second)]).toEqual([false, false, true]);
    expect([waiting[0]?.told, third.told]).toEqual([
      [1, 'admitted'],
      [1, 'admitted'],
    ]);
  });

  test('frees the place of a client that ends while it is admitted', () => {
    const list = new ClientList<Client>(1, false);
    const brief = new Client('brief');
    brief.admit = () => void list.leave(brief);
    list.add(brief);
    list.enter(brief, true);
    const next = new Client('next');
    list.enter(next, false);
    expect(next.told).toEqual(['admitted']);
  });

  test('sends places once after several clients have left, and not again immediately', async () => {
    const { list, waiting } = crowd(1000);
    for (const client of waiting.slice(0, 500)) list.leave(client);
    await round();
    expect(waiting.slice(500).every(({ told }, i) => told.length === 2 && told[1] === i + 1)).toBe(true);
    for (const client of waiting.slice(500, 900)) list.leave(client);
    await round();
    expect(waiting.flatMap(({ told }) => told)).toHaveLength(1500);
    list.close('shutdown', 'over');
    expect(waiting.at(-1)?.told).toEqual([1000, 500, 'shutdown']);
  });

  test('sends places over several turns of the event loop, and never a worse place', async () => {
    const { list, waiting } = crowd(1000);
    const told = (): number => waiting.flatMap((client) => client.told).length;
    list.leave(waiting[0] as Client);
    const most: number[] = [];
    for (let before = told(); told() < 1500; before = told()) {
      await turn();
      most.push(told() - before);
    }
    expect(Math.max(...most)).toBeLessThanOrEqual(100);
    // Those that were told go, and one comes that is told a better place than the round counts.
    for (const client of waiting.slice(1, 400)) list.leave(client);
    const late = new Client('late');
    list.enter(late, true);
    expect(late.told).toEqual([601]);
    await round();
    expect(late.told).toEqual([601]);
    expect(waiting.at(-1)?.told).toEqual([1000, 999]);
  });
});

describe('ClientList and addresses', () => {
  /** What each is told that enters, one after the other. */
  function entering(list: ClientList<Client>, clients: readonly Client[]): readonly unknown[] {
    for (const client of clients) {
      list.add(client);
      list.enter(client, true);
    }
    return clients.map(({ told }) => told[0]);
  }

  test('an address that invents client ids gets half of the places', () => {
    const made = [1, 2, 3].map((n) => new Client(`x${n}`, '192.0.2.1'));
    const list = new ClientList<Client>(4, false);
    expect(entering(list, made)).toEqual(['admitted', 'admitted', 1]);
    expect(entering(list, [new Client('y', '192.0.2.2')])).toEqual(['admitted']);
  });

  test('with a rate limit, one run of an address is admitted at a time', () => {
    const list = new ClientList<Client>(64, true);
    const clients = [new Client('a', '192.0.2.1'), new Client('b', '192.0.2.1'), new Client('c', '192.0.2.2')];
    expect(entering(list, clients)).toEqual(['admitted', 1, 'admitted']);
    const [first] = clients;
    if (first) list.leave(first);
    expect(clients[1]?.told).toEqual([1, 'admitted']);
  });

  test('the paths of one run share a place, also from different addresses, and have one test at a time', () => {
    const list = new ClientList<Client>(1, true);
    const [line, tunnel] = [new Client('run', '192.0.2.1'), new Client('run', '10.0.0.2')];
    expect(entering(list, [line, tunnel])).toEqual(['admitted', 'admitted']);
    line.isTesting = true;
    expect([list.isTaken(tunnel), list.isTaken(line)]).toEqual([true, false]);
  });

  test('the number of connections of a run is limited', () => {
    const list = new ClientList<Client>(1, false);
    const told = entering(
      list,
      Array.from({ length: 65 }, () => new Client('run')),
    );
    expect(told.filter((one) => one === 'admitted')).toHaveLength(64);
    expect(told.at(-1)).toBe('limit');
  });
});
