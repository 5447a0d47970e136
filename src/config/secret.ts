// A password, token or key: read when it is needed, from where the configuration says, and kept by nobody.

import { isUtf8 } from 'node:buffer'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { UsageError } from '../model/errors.ts'
import { shellWord } from '../model/text.ts'
import type { SecretSource } from '../model/watch-config.ts'
import type { Environment } from './influx.ts'

const SECRET_BYTES_MAX = 4096
/** Of a file's mode: what users may do who are neither its owner nor of its group. */
const OTHERS_BITS = 0o007

/**
 * One line, without the end of it.
 * @throws UsageError which says where, what and what would be right, and nothing of what was read.
 */
export async function readSecret(
  source: SecretSource,
  environment: Environment = process.env,
): Promise<string> {
  if (source.from === 'file') return ofFile(source.path)
  const value = environment[source.name] ?? ''
  return checked(source.name, value, 'this environment variable is not set')
}

/** Reads it anew each time it is asked; null where none is needed. */
export const secretReader =
  ({ secret }: { readonly secret: SecretSource | null }) =>
  async (): Promise<string | null> =>
    secret === null ? null : readSecret(secret)

async function ofFile(path: string): Promise<string> {
  const file = await opened(path)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw wrong(path, 'a regular file is needed, and this is none')
    if ((stats.mode & OTHERS_BITS) !== 0)
      throw wrong(path, `other users may read this secret: chmod o= ${shellWord(path)}`)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SECRET_BYTES_MAX + 1), 0)
    const bytes = buffer.subarray(0, bytesRead)
    if (bytesRead > SECRET_BYTES_MAX)
      throw wrong(path, `a secret has at most ${SECRET_BYTES_MAX} bytes, and this file has more`)
    if (!isUtf8(bytes)) throw wrong(path, 'this is not UTF-8: one line of text is needed')
    return checked(path, bytes.toString().replace(/\r?\n$/, ''), 'this file is empty')
  } finally {
    await file.close()
  }
}

/** Not blocking, so that a pipe in the file's place cannot hold anybody up. */
async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
    throw wrong(path, WHY.get(code) ?? `this file cannot be read (${code})`)
  }
}

const WHY: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file: it is to hold the secret, on one line'],
  ['EACCES', 'this user may not read the file'],
])

function checked(where: string, secret: string, empty: string): string {
  if (secret === '') throw wrong(where, empty)
  // What breaks a line would end a header of HTTP, and begin another.
  if (/\p{Cc}/u.test(secret)) throw wrong(where, 'a secret is one line, without control characters')
  if (Buffer.byteLength(secret) > SECRET_BYTES_MAX)
    throw wrong(where, `a secret has at most ${SECRET_BYTES_MAX} bytes`)
  return secret
}

const wrong = (where: string, message: string): UsageError => new UsageError([{ where, message }])
