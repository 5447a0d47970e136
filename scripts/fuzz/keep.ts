// A fault's packets as a file, for another look and for a test: JSON, the bytes in hex.

import type { Frame } from '../../test/support/frames.ts'
import type { LaneOptions } from './lane.ts'

export interface Kept {
  readonly options: LaneOptions
  readonly frames: readonly Frame[]
}

interface Written {
  readonly options: LaneOptions
  readonly frames: readonly (Omit<Frame, 'bytes'> & { readonly hex: string })[]
}

export function keptText({ options, frames }: Kept): string {
  const written: Written = {
    options,
    frames: frames.map(({ bytes, ...rest }) => ({
      ...rest,
      hex: Buffer.from(bytes).toString('hex'),
    })),
  }
  return `${JSON.stringify(written)}\n`
}

export function keptFrames(text: string): Kept {
  const { options, frames } = JSON.parse(text) as Written
  return {
    options,
    frames: frames.map(({ hex, ...rest }) => ({
      ...rest,
      bytes: Uint8Array.from(Buffer.from(hex, 'hex')),
    })),
  }
}
