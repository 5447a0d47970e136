// One memory for everything the kernel keeps, and the few functions that touch it. A WebAssembly.Memory
// starts on a page, so 64-byte records never straddle cache lines, and untouched pages cost nothing. When
// the kernel is compiled, scripts/compile-kernel.ts puts the same functions in AssemblyScript in its place.

import { MEMORY_BYTES } from './measured-layout.ts'

const PAGE_BYTES = 65_536
const pages = Math.ceil(MEMORY_BYTES / PAGE_BYTES)

/** What the compiled kernel works on. */
export const wasmMemory = new WebAssembly.Memory({ initial: pages, maximum: pages })
export const memory = wasmMemory.buffer

const i32s = new Int32Array(memory)
const f64s = new Float64Array(memory)
const u8s = new Uint8Array(memory)
const view = new DataView(memory)

export const getI32 = (at: i32): i32 => i32s[at >> 2] as i32
export const setI32 = (at: i32, value: i32): void => {
  i32s[at >> 2] = value
}

export const getF64 = (at: i32): f64 => f64s[at >> 3] as f64
export const setF64 = (at: i32, value: f64): void => {
  f64s[at >> 3] = value
}

export const getU8 = (at: i32): i32 => u8s[at] as i32

/** Network byte order, any alignment. */
export const getNet16 = (at: i32): i32 => view.getUint16(at)
export const getNet32 = (at: i32): i32 => view.getInt32(at)

/** Whether a > b when both are read as unsigned. */
export const above = (a: i32, b: i32): boolean => a >>> 0 > b >>> 0

export const min32 = (a: i32, b: i32): i32 => Math.min(a, b)
export const max32 = (a: i32, b: i32): i32 => Math.max(a, b)

/** The low 32 bits of the product. */
export const mul32 = (a: i32, b: i32): i32 => Math.imul(a, b)

export const add = (at: i32, amount: f64): void => {
  f64s[at >> 3] = (f64s[at >> 3] as f64) + amount
}

export const copyBytes = (to: i32, from: i32, bytes: i32): void => {
  u8s.copyWithin(to, from, from + bytes)
}

export const clear = (at: i32, bytes: i32): void => {
  u8s.fill(0, at, at + bytes)
}
