/** The package brings no types. */
declare module '@echogarden/fvad-wasm' {
  interface Fvad {
    HEAP16: Int16Array;
    /** A function of the library, by its name in C; all take and give numbers. */
    cwrap(name: string, result: 'number' | null, parameters: 'number'[]): (...values: number[]) => number;
  }
  function load(): Promise<Fvad>;
  export { load as default };
}
