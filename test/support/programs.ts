// Programs that some tests need and a computer may lack; their tests are skipped then.

import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

export const hasProgram = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some(folder => mayRun(join(folder, name)))

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
