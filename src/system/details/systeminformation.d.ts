/**
 * Types for parts of the package, which has none for them. The whole package would load Bluetooth, audio, Docker and
 * printers.
 */
declare module 'systeminformation/lib/*' {
  const part: import('./information.ts').Information;
  export default part;
}
