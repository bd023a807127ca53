/**
 * Which versions of HTTP a server takes over TLS.
 *
 * The runs offer `http/1.1` alone, because that is what they speak. One more handshake before them offers `h2` too, and
 * is closed when the server has chosen. It also has the effect that the code of TLS is compiled before the first run.
 *
 * @see RFC 7301 (ALPN), RFC 9113 section 3.2 (`h2`)
 * @module
 */
import { NS_PER_MS } from '../../../core/time.ts';
import { connectFrom } from './connect-from.ts';
import type { ExchangePlan } from './http-exchange.ts';
import { secure } from './tls.ts';

const NO_MARKS = { begun: () => {}, connected: () => {} };

/**
 * Asks a server which protocol it chooses.
 *
 * @returns `null` for http://, and if the handshake failed: the runs say why
 * @throws the reason of the signal
 */
export async function offeredProtocols(plan: ExchangePlan, signal: AbortSignal): Promise<readonly string[] | null> {
  if (plan.context === null) return null;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(plan.request.connect_timeout_ns / NS_PER_MS)]);
  try {
    const socket = await connectFrom(plan.request, plan.port, limit, NO_MARKS);
    const secured = await secure(socket, plan, ['h2', 'http/1.1'], limit);
    // Closed as TLS wants it: a reset would look like an attack in the log of the server.
    secured.destroySoon();
    // A server without ALPN speaks HTTP/1.1, and says nothing.
    return secured.alpnProtocol === 'h2' ? ['h2', 'http/1.1'] : ['http/1.1'];
  } catch {
    signal.throwIfAborted();
    return null;
  }
}
