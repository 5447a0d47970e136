// The two number types of the kernel. To tsc both are `number`; the names keep its source within what
// an ahead-of-time compiler for the same syntax (AssemblyScript) can read.
declare type i32 = number
declare type f64 = number

// What the kernel needs of the platform's WebAssembly, which the type definitions for Node leave out.
declare namespace WebAssembly {
  class Memory {
    constructor(options: { initial: number; maximum: number })
    readonly buffer: ArrayBuffer
  }
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    constructor(module: Module, imports: object)
    readonly exports: object
  }
}
