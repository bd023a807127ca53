/**
 * A server of HTTPS on port 8443 that answers 20 ms after the request, and ends its body 20 ms after it began.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const PAUSE_MS = 20;
const CERTIFICATES = new URL('../../support/certificates/', import.meta.url);

const options = {
  key: readFileSync(new URL('key.pem', CERTIFICATES)),
  cert: readFileSync(new URL('good.pem', CERTIFICATES)),
};

createServer(options, (_request, response) => {
  setTimeout(() => {
    response.writeHead(200, { 'content-length': '10000' });
    response.write('x'.repeat(5000));
    setTimeout(() => response.end('y'.repeat(5000)), PAUSE_MS);
  }, PAUSE_MS);
}).listen(8443, '0.0.0.0', () => console.log('listening'));
