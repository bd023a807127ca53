/**
 * Entry of the far end: a process in its own network namespace, with the server of the tests.
 *
 * It ends when its parent ends, and then its namespace is removed.
 *
 * @module
 */
import process from 'node:process';
import { messageOf, NetError } from '../../../core/errors.ts';
import { serve } from '../../server/server.ts';
import { mountOwn } from '../mounts.ts';
import type { FarReport, FarRequest } from './far-messages.ts';
import { LOCAL_SIDE } from './side.ts';

const report = (message: FarReport): void => void process.send?.(message);

async function answer(request: FarRequest): Promise<string | number> {
  switch (request.tag) {
    case 'run':
      return LOCAL_SIDE.run(request.argv, request.input);
    case 'start': {
      const { pid, ended } = await LOCAL_SIDE.start(request.argv, request.name);
      ended.then((said) => report({ tag: 'ended', id: request.id, said }));
      return pid;
    }
    case 'serve':
      return (await serve({ port: 0, addresses: ['0.0.0.0'], family: 4, engine: request.engine })).port;
    default:
      return request satisfies never;
  }
}

// By default Node opens its inspector on SIGUSR1.
process.on('SIGUSR1', () => {});
process.on('disconnect', () => process.exit());
process.on('message', async (request: FarRequest) => {
  const { id } = request;
  try {
    report({ tag: 'done', id, value: await answer(request) });
  } catch (error) {
    report({
      tag: 'failed',
      id,
      code: error instanceof NetError ? error.code : 'ERR_UNSUPPORTED',
      message: messageOf(error),
    });
  }
});
await mountOwn('sysfs');
report({ tag: 'ready' });
