// The files of a folder that is named in place of a capture.

import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { byText } from '../model/text.ts'
import { inputError } from './system-errors.ts'

/** False too for what cannot be looked at: opening it as a file will say why. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Files in a folder and those below it, by name. Links to folders are not followed: they may lead back. */
export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => !entry.isDirectory())
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort(byText)
  } catch (error) {
    throw inputError(folder, error)
  }
}
