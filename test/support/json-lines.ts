// Files of JSON lines, as they are exported.

import { readFileSync } from 'node:fs'

/** Each line of the file must be JSON, and end. */
export function linesOf(path: string): readonly unknown[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  if (lines.pop() !== '') throw new Error(`${path}: the last line has no end`)
  return lines.map(line => JSON.parse(line) as unknown)
}
