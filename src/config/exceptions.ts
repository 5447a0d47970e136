// Exceptions: accepted deviations, in the policy or in a site file.

import type { Exception } from '../model/policy.ts'
import { checkList, type Desk, placed } from './check.ts'
import { takeIds } from './ids.ts'
import { exceptionEntry } from './schema.ts'

/** Exceptions of a policy or of a site file; duplicates of their ids are complained about. */
export function exceptionsOf(desk: Desk): Exception[] {
  takeIds(desk, ['exceptions'], new Map())
  return checkList(desk, ['exceptions'], exceptionEntry).map(entry => placed(desk, entry))
}
