// Lines that are on the disk when the promise is kept, in files to which nothing but lines is ever appended.

import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const NEWLINE = 0x0a

/** Whole lines with their newlines. A line that a sudden end has cut before does not spoil them. */
export async function appendSynced(path: string, lines: string, mode: number): Promise<void> {
  const file = await open(path, 'a+', mode)
  try {
    const { size } = await file.stat()
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1))
    const isCut = size > 0 && buffer[0] !== NEWLINE
    await file.appendFile((isCut ? '\n' : '') + lines)
    await file.sync()
    if (size === 0) await syncFolder(dirname(path))
  } finally {
    await file.close()
  }
}

/** A name that appeared or went is kept by its folder alone. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** 0 where there is no such file. */
export async function bytesOf(path: string): Promise<number> {
  return (await stat(path).catch(unlessMissing))?.size ?? 0
}

/** Throws whatever else is wrong. */
export function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
