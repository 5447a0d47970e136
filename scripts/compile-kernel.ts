// Compiles the kernel's hot path ahead of time: AssemblyScript reads the same TypeScript that runs without
// it. What the two cannot have in common is put right here, while the sources are read: the functions that
// touch memory, and sets of codes. The result is committed as src/kernel/wasm.ts, so that running needs no
// compiler.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A name that tsc does not follow: the package's types declare globals of their own, `console` among them. */
const COMPILER: string = 'assemblyscript/asc'
const ENTRY = 'entry.ts'
const LINE_CHARACTERS = 192

/** What takes the place of src/kernel/memory.ts. Whatever is called there must be here. */
const MEMORY = `
export function getI32(at: i32): i32 { return load<i32>(at) }
export function setI32(at: i32, value: i32): void { store<i32>(at, value) }
export function getF64(at: i32): f64 { return load<f64>(at) }
export function setF64(at: i32, value: f64): void { store<f64>(at, value) }
export function getU8(at: i32): i32 { return load<u8>(at) }
export function getNet16(at: i32): i32 { return bswap<u16>(load<u16>(at)) }
export function getNet32(at: i32): i32 { return bswap<i32>(load<i32>(at)) }
export function above(a: i32, b: i32): boolean { return <u32>a > <u32>b }
export function min32(a: i32, b: i32): i32 { return min(a, b) }
export function max32(a: i32, b: i32): i32 { return max(a, b) }
export function mul32(a: i32, b: i32): i32 { return a * b }
export function add(at: i32, amount: f64): void { store<f64>(at, load<f64>(at) + amount) }
export function copyBytes(to: i32, from: i32, bytes: i32): void { memory.copy(to, from, bytes) }
export function clear(at: i32, bytes: i32): void { memory.fill(at, 0, bytes) }
`

/** Nothing of its own may lie in the memory, so: no runtime, no assertions with their texts. */
const FLAGS = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--noExportMemory']

interface Compiler {
  main(
    args: readonly string[],
    files: {
      readFile(name: string): string | null
      writeFile(name: string, content: string | Uint8Array): void
      listFiles(): readonly string[]
      stderr: { write(text: string): void }
    },
  ): Promise<{ error: Error | null }>
}

/** The module, and src/kernel/wasm.ts as it must be; throws with what the compiler says. */
export async function compileKernel(): Promise<{ wasm: Uint8Array; source: string }> {
  const messages: string[] = []
  let wasm: Uint8Array = new Uint8Array()
  const compiler = (await import(COMPILER)) as Compiler
  const { error } = await compiler.main([ENTRY, '--outFile', 'kernel.wasm', ...FLAGS], {
    readFile: sourceOf,
    writeFile: (_name, bytes) => {
      if (typeof bytes !== 'string') wasm = bytes
    },
    listFiles: () => [],
    stderr: { write: text => messages.push(text) },
  })
  if (error !== null) throw new Error(`${messages.join('')}${error.message}`)
  return { wasm, source: committed(wasm) }
}

function sourceOf(name: string): string | null {
  if (name === ENTRY) return `export { run, sweep, endRecord, drain } from './kernel/kernel'`
  if (name === 'kernel/memory.ts') return MEMORY
  if (!name.startsWith('kernel/')) return null
  return translated(readFileSync(fileURLToPath(new URL(`../src/${name}`, import.meta.url)), 'utf8'))
}

/**
 * Imports without `.ts`; `export const Flag = { Live: 1 << 0 } as const` as a namespace of constants; no lists
 * of names, which nobody needs who only counts.
 */
const translated = (source: string): string =>
  source
    .replace(/ from '(.*)\.ts'/g, ` from '$1'`)
    .replace(/export const (\w+) = \{(.*?)\} as const/gs, namespace)
    .replace(/export const \w+ = \[[^\]]*\] as const/g, '')

const namespace = (_set: string, name: string, codes: string): string =>
  `export namespace ${name} {${codes.replace(/(\w+): (\w+(?: << \w+)?),?/g, 'export const $1: i32 = $2;')}}`

function committed(wasm: Uint8Array): string {
  const base64 = Buffer.from(wasm).toString('base64')
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? []
  return [
    '// The compiled kernel, in base64. Written by `npm run bless`; a test compares it with the sources.',
    '',
    `export const WASM = \`\n${lines.join('\n')}\n\``,
    '',
  ].join('\n')
}
