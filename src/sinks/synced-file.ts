// Lines that are on the disk when the promise is kept, in files to which nothing but lines is ever appended.

import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

const NEWLINE = 0x0a
const FOLDER_MODE = 0o700

/** A folder for its owner alone, in one that is there; left as it is where there is one. */
export async function makeFolder(path: string): Promise<void> {
  if ((await mkdir(path, { recursive: true, mode: FOLDER_MODE })) !== undefined)
    await syncPath(dirname(path))
}

/** Whole lines with their newlines. A line that a sudden end has cut before does not spoil them. */
export async function appendSynced(path: string, lines: string, mode: number): Promise<void> {
  const file = await open(path, 'a+', mode)
  try {
    const { size } = await file.stat()
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1))
    const isCut = size > 0 && buffer[0] !== NEWLINE
    await file.appendFile((isCut ? '\n' : '') + lines)
    await file.sync()
    if (size === 0) await syncPath(dirname(path))
  } finally {
    await file.close()
  }
}

/** Of a file what is in it; of a folder which names it has, which nothing else keeps. */
export async function syncPath(path: string): Promise<void> {
  const opened = await open(path, 'r')
  try {
    await opened.sync()
  } finally {
    await opened.close()
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
