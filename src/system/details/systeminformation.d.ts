/** Its parts, which it has no types for. The whole would load Bluetooth, audio, Docker and printers. */
declare module 'systeminformation/lib/*' {
  const part: import('./information.ts').Information;
  export default part;
}
