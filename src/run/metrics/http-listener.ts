/**
 * A small HTTP server for scrapes: GET of a few paths, with bounds on everything that whoever connects decides.
 *
 * It has no secrets and changes nothing, so any name may be in the Host header.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { formatEndpoint } from '../../core/address.ts';
import { messageOf, systemCodeOf, usageError } from '../../core/errors.ts';
import { quoted } from '../../core/printable.ts';
import type { ListenEndpoint } from '../../core/shapes/metrics/listen-endpoint.ts';

/** What a path answers. */
export interface HttpAnswer {
  readonly status: number;
  /** Media type; plain text if it is left out. */
  readonly type?: string;
  readonly body: string;
}

/** A request, as far as a path may look at it. */
export interface HttpRequest {
  readonly query: URLSearchParams;
  /** Value of a header by its name in small letters; `undefined` if it is missing or was sent twice. */
  readonly header: (name: string) => string | undefined;
  /** Aborted when whoever asked is gone. */
  readonly signal: AbortSignal;
}

/** Answers the requests for one path. What it throws is answered with 500. */
export type HttpRoute = (request: HttpRequest) => Promise<HttpAnswer>;

/** A listener that answers. */
export interface HttpListener {
  /** With the port that the system chose, without a path. */
  readonly url: string;
  /** Ends all connections. Resolves when the port is free. */
  close(): Promise<void>;
}

/** Connections at the same time; more are closed at once. A scraper has one or two. */
const MOST_CONNECTIONS = 128;
/** Octets of the request line and all headers. */
const MOST_HEADER_BYTES = 8192;
/** Time for a request to arrive. */
const REQUEST_MS = 10_000;
/** Time for a reader to take an answer, and for a connection to be idle: Prometheus asks once a minute by default. */
const READ_MS = 30_000;
const IDLE_MS = 75_000;

/**
 * Starts to listen.
 *
 * @param option - name of the option that says where, for messages
 * @throws NetError `ERR_USAGE` if it cannot listen there
 */
export async function openHttp(
  endpoint: ListenEndpoint,
  option: string,
  routes: ReadonlyMap<string, HttpRoute>,
): Promise<HttpListener> {
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: REQUEST_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: IDLE_MS,
    },
    (request, response) => void answer(routes, request, response),
  );
  server.maxConnections = MOST_CONNECTIONS;
  const port = await listen(server, endpoint, option);
  return {
    url: `http://${formatEndpoint(endpoint.address, port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { address, port }: ListenEndpoint, option: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const where = formatEndpoint(address, port);
      reject(usageError(`${option} ${where}: ${listenFailure(error)}`, { cause: error }));
    });
    server.listen(port, address, () => {
      const bound = server.address();
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
    });
  });
}

function listenFailure(error: Error): string {
  switch (systemCodeOf(error)) {
    case 'EADDRINUSE':
      return 'the port is in use; choose another';
    case 'EACCES':
      return 'not permitted; choose a port above 1023';
    case 'EADDRNOTAVAIL':
      return 'not an address of this host';
    default:
      return `cannot listen: ${messageOf(error)}`;
  }
}

async function answer(
  routes: ReadonlyMap<string, HttpRoute>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  // Both ends of a connection fail in many ways: whoever asked is gone, and there is nobody to tell.
  response.on('error', () => {});
  const { status, type = 'text/plain; charset=utf-8', body } = await answerTo(routes, request, gone.signal);
  if (response.destroyed) return;
  const limit = setTimeout(() => response.destroy(), READ_MS);
  response.once('close', () => clearTimeout(limit));
  const octets = Buffer.from(body);
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': octets.length,
    'X-Content-Type-Options': 'nosniff',
    // What follows a request with a body, or with another method, may not be a request.
    ...(request.method !== 'GET' && { Connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : octets);
}

async function answerTo(
  routes: ReadonlyMap<string, HttpRoute>,
  { method, url = '', headers }: IncomingMessage,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'only GET is answered here\n' };
  const [path = '', query = ''] = url.split('?', 2);
  const route = routes.get(path);
  if (!route)
    return { status: 404, body: `there is no ${quoted(path)} here; there are ${[...routes.keys()].join(', ')}\n` };
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  try {
    return await route({ query: new URLSearchParams(query), header, signal });
  } catch (error) {
    return { status: 500, body: `it failed: ${quoted(messageOf(error))}\n` };
  }
}
