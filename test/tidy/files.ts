// The files of the project that the rules of style look at.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface ProjectFile {
  /** Relative to the root of the repository, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** A rule broken somewhere: `file:line: what is wrong; what to do instead`. */
export type Violation = string

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PLACES = [
  ...['src', 'test', 'scripts', 'fixtures', 'rules', 'schemas', 'dashboards', 'docs'],
  ...[
    'README.md',
    'ARCHITECTURE.md',
    'BOUNDS.md',
    'DECISIONS.md',
    'package.json',
    'vitest.config.ts',
  ],
]
const TEXT_FILE = /\.(ts|mjs|md|ya?ml|json|txt|tsv|html|css)$/

/** Every text file of the places above that exists, sorted by path. */
export function projectFiles(): readonly ProjectFile[] {
  return PLACES.map(place => join(ROOT, place))
    .filter(existsSync)
    .flatMap(filesAt)
    .filter(path => TEXT_FILE.test(path))
    .sort()
    .map(path => ({
      path: relative(ROOT, path).replaceAll('\\', '/'),
      text: readFileSync(path, 'utf8'),
    }))
}

function filesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter(name => name !== 'node_modules')
    .flatMap(name => filesAt(join(path, name)))
}
