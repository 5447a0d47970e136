// Who may import whom: the table of ARCHITECTURE.md. The stages form a star around the nouns.

import { dirname, normalize } from 'node:path/posix'
import { withoutComments } from './code.ts'
import type { ProjectFile, Violation } from './files.ts'

const EVERYTHING = 'everything'
/** `node:` modules and packages. */
const OUTSIDE = 'outside'
/** The files that lie in no folder of src. */
const TOP = '(top)'

/** What each folder of src may import besides itself: folders, single files, single modules. */
const MAY_IMPORT: ReadonlyMap<string, readonly string[]> = new Map([
  ['model', []],
  ['kernel', []],
  ['wire', ['model']],
  // The door out of the kernel. Community IDs are SHA-1 sums by definition.
  ['flows', ['model', 'wire', 'kernel', 'node:crypto']],
  ['protocols', ['model', 'wire', 'kernel/layout.ts']],
  ['quality', ['model', 'wire', 'kernel']],
  ['policy', ['model']],
  ['watchers', ['model']],
  ['coverage', ['model']],
  ['findings', ['model']],
  ['firewall', ['model', 'policy']],
  ['lifecycle', ['model']],
  ['capture', ['model', OUTSIDE]],
  ['store', ['model', OUTSIDE]],
  ['sinks', ['model', OUTSIDE]],
  ['report', ['model', OUTSIDE]],
  // The package's pool, which it does not hand out by its main file.
  ['influx', ['model', 'sinks', OUTSIDE, 'influx/lib/src/pool.js']],
  ['alerts', ['model', 'sinks', OUTSIDE]],
  ['web', ['model', 'store', 'report', OUTSIDE]],
  ['config', [EVERYTHING]],
  ['watch', [EVERYTHING]],
  ['commands', [EVERYTHING]],
  [TOP, [EVERYTHING]],
])

const IMPORT = /\b(?:from|import)\s*\(?\s*(['"])(.+?)\1/g

/** Imports of files in src that the table does not allow. */
export function forbiddenImports(files: readonly ProjectFile[]): readonly Violation[] {
  return files.filter(file => file.path.startsWith('src/')).flatMap(importsOfFile)
}

function importsOfFile({ path, text }: ProjectFile): Violation[] {
  const folder = folderOf(path)
  const allowed = MAY_IMPORT.get(folder)
  if (allowed === undefined)
    return [`${path}:1: the import table has no folder "${folder}"; say there what it may import`]
  return withoutComments(text)
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(IMPORT)]
        .map(([, , module = '']) => module)
        .filter(module => !isAllowed(allowed, folder, resolved(path, module)))
        .map(module => `${path}:${index + 1}: ${advice(folder, allowed, module)}`),
    )
}

/** `../kernel/layout.ts` seen from src/flows is `kernel/layout.ts`; a package stays as it is. */
const resolved = (path: string, module: string): string =>
  module.startsWith('.')
    ? normalize(`${dirname(path)}/${module}`).replace(/^src\//, 'src:')
    : module

function isAllowed(allowed: readonly string[], folder: string, target: string): boolean {
  if (allowed.includes(EVERYTHING)) return true
  if (!target.startsWith('src:')) {
    const isFile = target.startsWith('.') || /\.[a-z]+$/.test(target)
    return allowed.includes(target) || (allowed.includes(OUTSIDE) && !isFile)
  }
  const file = target.slice('src:'.length)
  const owner = folderOf(`src/${file}`)
  return owner === folder || allowed.includes(owner) || allowed.includes(file)
}

function advice(folder: string, allowed: readonly string[], module: string): string {
  const list = allowed.length === 0 ? 'nothing' : allowed.join(', ')
  return `${folder} may import ${list} but not "${module}"; take it as a parameter, or move a shared noun to model`
}

function folderOf(path: string): string {
  const [, folder = TOP, ...rest] = path.split('/')
  return rest.length === 0 ? TOP : folder
}
