// The hot path as AssemblyScript has compiled it, on the same memory as the TypeScript that it was compiled
// from. Both leave the same bytes behind, so either may go on where the other has stopped, and the slow path
// need not know which of them runs.

import { drain, endRecord, run, sweep } from './kernel.ts'
import { wasmMemory } from './memory.ts'
import { WASM } from './wasm.ts'

/** What is called for every packet, stop and flow; see kernel.ts. */
export interface Kernel {
  run(): i32
  sweep(): boolean
  endRecord(): void
  drain(): boolean
}

/** The source itself: the reference, and the one to debug and to profile. */
export const plainKernel: Kernel = { run, sweep, endRecord, drain }

export const compiledKernel: Kernel = instantiate()

function instantiate(): Kernel {
  const module = new WebAssembly.Module(Buffer.from(WASM, 'base64'))
  const { exports } = new WebAssembly.Instance(module, { env: { memory: wasmMemory } })
  const { run, sweep, endRecord, drain } = exports as Readonly<Record<keyof Kernel, () => i32>>
  return { run, sweep: () => sweep() !== 0, endRecord, drain: () => drain() !== 0 }
}
