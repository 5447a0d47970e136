// What the system says when a file cannot be opened or read, in words that help.

import { InputError } from '../model/errors.ts'

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file. Check the name and the folder.'],
  ['ENOTDIR', 'there is no such file: a part of the path is no folder.'],
  ['EACCES', 'permission denied. Give the user who runs this read permission.'],
  ['EPERM', 'permission denied. Give the user who runs this read permission.'],
  ['ELOOP', 'its symbolic links lead in a circle. Name the file itself.'],
  ['ENAMETOOLONG', 'the name is longer than a file name can be.'],
  ['EMFILE', 'too many files are open. Raise the limit (ulimit -n) or give fewer captures.'],
])

/** The error for a path that cannot be read. Whatever is not from the system is thrown on: our own bug. */
export function inputError(path: string, error: unknown): InputError {
  const code = systemCode(error)
  return new InputError(`${path}: ${REASONS.get(code) ?? `cannot be read (${code}).`}`)
}

/** The system's word for what went wrong, e.g. `EIO`. Whatever is not from the system is our own bug. */
export function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  throw error
}
