// The hash by which results say which rules and which site they were judged by.

import { createHash } from 'node:crypto'
import type { Desk } from './check.ts'

/** `sha256:` and hex over the bytes of the files, one after the other. */
export function hashOf(desks: readonly (Desk | undefined)[]): string {
  const hash = createHash('sha256')
  for (const desk of desks) if (desk !== undefined) hash.update(desk.file.bytes)
  return `sha256:${hash.digest('hex')}`
}
