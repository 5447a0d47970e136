// Reads a source to its end and keeps every packet as plain values, copied out of the buffer.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { SourceOptions } from '../../src/capture/source.ts'
import { openSource } from '../../src/capture/source.ts'
import type { CaptureInfo, Chunk, ChunkBuffer } from '../../src/model/chunk.ts'
import { makeChunkBuffer } from '../support/chunk-buffer.ts'

export interface SeenPacket {
  readonly file: number
  readonly frame: number
  readonly offset: number
  /** Seconds of Unix time up to the epoch, nanoseconds from it. */
  readonly epochSeconds: number
  readonly timeNs: number
  readonly link: number
  readonly wire: number
  readonly data: string
}

export interface SeenAll {
  readonly packets: readonly SeenPacket[]
  readonly captures: readonly CaptureInfo[]
  readonly notes: readonly string[]
}

export interface ReadOptions extends SourceOptions {
  readonly buffer?: ChunkBuffer
}

export async function readAll(
  paths: readonly string[],
  options: ReadOptions = {},
): Promise<SeenAll> {
  const { buffer = makeChunkBuffer(), ...sourceOptions } = options
  const source = openSource(paths, sourceOptions)
  const packets: SeenPacket[] = []
  for await (const chunk of source.chunks(buffer))
    for (let slot = 0; slot < chunk.packets; slot++) packets.push(packetOf(buffer, chunk, slot))
  return { packets, captures: source.captures, notes: source.notes }
}

/** A folder that is gone when the test is over, holding the given files; returns their paths. */
export function writeFiles(files: Readonly<Record<string, Uint8Array>>): string[] {
  const folder = temporaryFolder()
  return Object.entries(files).map(([name, bytes]) => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return path
  })
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'capture-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Standard input that arrives in blocks of the given size. */
export async function* inBlocks(bytes: Uint8Array, blockBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += blockBytes) yield bytes.subarray(at, at + blockBytes)
}

function packetOf(buffer: ChunkBuffer, chunk: Chunk, slot: number): SeenPacket {
  const at = buffer.at[slot] ?? Number.NaN
  const end = at + (buffer.capturedBytes[slot] ?? Number.NaN)
  return {
    file: chunk.file,
    frame: chunk.frame + slot,
    offset: chunk.fileOffset + at,
    epochSeconds: chunk.epochSeconds,
    timeNs: buffer.timeNs[slot] ?? Number.NaN,
    link: buffer.link[slot] ?? Number.NaN,
    wire: buffer.wireBytes[slot] ?? Number.NaN,
    data: Buffer.from(buffer.bytes.subarray(at, end)).toString('hex'),
  }
}
