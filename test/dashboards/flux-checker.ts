// Whether Flux is right, without an InfluxDB 2: the language server of Flux, which knows the types of its functions. It is
// made for browsers, so its WebAssembly is loaded by hand; asked is what an editor would ask (dependencies.md 5).

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Lsp } from '@influxdata/flux-lsp-browser'

/** What is wrong, and where: `2:14: undefined identifier nosuchfn`, line and column from 1. */
export type FluxProblem = string

const GLUE = '@influxdata/flux-lsp-browser/flux-lsp-browser_bg.js'
const WASM_IMPORT = /^import \* as wasm from .*$/m
const MEMORY_VIEW = /^cached\w+Memory0 = .*$/gm
/** What it would print is nobody's to read. */
const SILENCE = 'const console = { error() {}, warn() {}, info() {}, log() {}, debug() {} }'

let begun: Promise<Server> | null = null

/** Everything that the language server has against a script; empty where it is right. */
export async function fluxProblems(script: string): Promise<readonly FluxProblem[]> {
  begun ??= begin()
  const server = await begun
  server.checked++
  // What lies in one folder is one program, in which a name stands for one thing.
  const uri = `file:///${server.checked}/checked.flux`
  const told = new Promise<readonly Diagnostic[]>(resolve => server.waiting.set(uri, resolve))
  const textDocument = { uri, languageId: 'flux', version: 1, text: script }
  await server.lsp.send(message('textDocument/didOpen', { textDocument }))
  return (await told).map(textOf)
}

interface Server {
  readonly lsp: Lsp
  readonly waiting: Map<string, (diagnostics: readonly Diagnostic[]) => void>
  /** How many scripts; each is a document of its own. */
  checked: number
}

interface Told {
  readonly method?: string
  readonly params?: { readonly uri: string; readonly diagnostics: readonly Diagnostic[] }
}

interface Diagnostic {
  readonly message: string
  readonly range: { readonly start: { readonly line: number; readonly character: number } }
}

const textOf = ({ message: text, range: { start } }: Diagnostic): FluxProblem =>
  `${start.line + 1}:${start.character + 1}: ${text}`

const message = (method: string, params: object, id?: number): string =>
  JSON.stringify({ jsonrpc: '2.0', ...(id === undefined ? {} : { id }), method, params })

/** A server that has said hello, for all scripts of this process. It has to have its listener before it runs. */
async function begin(): Promise<Server> {
  const glue = await load()
  const server: Server = { lsp: new glue.Lsp(), waiting: new Map(), checked: 0 }
  server.lsp.onMessage((text: string) => {
    const { method, params }: Told = JSON.parse(text)
    if (method !== 'textDocument/publishDiagnostics' || params === undefined) return
    server.waiting.get(params.uri)?.(params.diagnostics)
    server.waiting.delete(params.uri)
  })
  // Ends with the process.
  server.lsp.run()
  await server.lsp.send(message('initialize', { capabilities: {} }, 1))
  await server.lsp.send(message('initialized', {}))
  return server
}

/**
 * Its JavaScript imports the WebAssembly as a module, which Node does not do, and looks at its memory while it is loaded:
 * both become a function that is called once the WebAssembly is there.
 */
async function load(): Promise<{ readonly Lsp: new () => Lsp }> {
  const path = createRequire(import.meta.url).resolve(GLUE)
  const source = await readFile(path, 'utf8')
  const views = source.match(MEMORY_VIEW) ?? []
  const start = `export const start = exports => { wasm = exports; ${views.join('; ')} }`
  const body = source.replace(WASM_IMPORT, '').replace(MEMORY_VIEW, '')
  const text = ['let wasm', SILENCE, body, start].join('\n')
  const glue = await import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`)
  const bytes = await readFile(path.replace(/\.js$/, '.wasm'))
  const module = new WebAssembly.Module(bytes)
  const instance = new WebAssembly.Instance(module, { './flux-lsp-browser_bg.js': glue })
  glue.start(instance.exports)
  return glue
}
