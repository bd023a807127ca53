/**
 * winze as a library: run a server or a test, or decode a capture, from a program.
 *
 * @example
 * ```ts
 * import { connect, serve } from 'winze';
 *
 * const server = await serve({ port: 0 });
 * const document = await connect({ host: '127.0.0.1', port: server.port });
 * console.log(document.tests);
 * await server.close();
 * ```
 *
 * @module
 */
export type * from './capture/documents/capture-join.ts';
export type * from './capture/documents/capture-keys.ts';
export type * from './capture/documents/capture-report.ts';
export type * from './capture/documents/capture-tunnels.ts';
export type * from './capture/documents/capture-wireguard.ts';
export type * from './capture/documents/decoded-packet.ts';
export { type ErrorCode, NetError } from './core/errors.ts';
export type * from './core/expectation.ts';
export type { BindChoice, ClientConfig, ServerConfig } from './core/shapes/config.ts';
export type {
  ConnectionFailure,
  ConnectionsInterval,
  HeldConnections,
  HeldMemory,
} from './core/shapes/connections.ts';
export type { ClientEvent, ServerEvent } from './core/shapes/events.ts';
export type * from './core/shapes/flow.ts';
export type { HostDetails, LinkFacts, WirelessFacts } from './core/shapes/host-details.ts';
export type * from './core/shapes/lab.ts';
export type * from './core/shapes/path/connections.ts';
export type * from './core/shapes/path/document.ts';
export type * from './core/shapes/path/events.ts';
export type * from './core/shapes/path/http.ts';
export type * from './core/shapes/path/mtu.ts';
export type * from './core/shapes/path/ping.ts';
export type * from './core/shapes/path/probe-config.ts';
export type * from './core/shapes/path/probe-spec.ts';
export type * from './core/shapes/path/test-base.ts';
export type * from './core/shapes/path/trace.ts';
export type * from './core/shapes/path.ts';
export type * from './core/shapes/result.ts';
export type {
  Clip,
  Direction,
  Engine,
  EngineChoice,
  FlowDirection,
  Protocol,
  ServerLimits,
  TestKind,
  TestSpec,
} from './core/shapes/spec.ts';
export type * from './core/shapes/stream-events.ts';
export type * from './core/shapes/test-capture.ts';
export type { WallTime } from './core/shapes/tunnel-config.ts';
export type { CaptureStreamEvent } from './report/decode/report-json.ts';
export type { TunnelStreamEvent } from './report/tunnel/tunnel-event-json.ts';
export { type ClientOptions, connect } from './run/client/client.ts';
export { capture } from './run/decode/capture.ts';
export { decode } from './run/decode/decode.ts';
export type { CaptureOptions, DecodeOptions, Decoding, PacketOptions } from './run/decode/library-options.ts';
export { lab } from './run/lab/lab.ts';
export { type ProbeOptions, probe } from './run/probes/probe.ts';
export { type RunningServer, serve } from './run/server/server.ts';
