// What the commands that ask the monitor print: harmless text, or JSON.

import { inertJson, visible } from '../../model/text.ts'
import { painter } from '../../report/layout.ts'
import type { Room } from '../../report/terminal-stored.ts'
import { TextOutput } from '../../sinks/text-output.ts'

const WIDTH_DEFAULT = 100
const WIDTH_MIN = 40
const WIDTH_MAX = 140

/** Of the terminal, where standard output is one. */
export function room(): Room {
  const { isTTY, columns } = process.stdout
  const isColoured = isTTY === true && process.env['NO_COLOR'] === undefined
  const width = Math.max(WIDTH_MIN, Math.min(columns ?? WIDTH_DEFAULT, WIDTH_MAX))
  return { paint: painter(isColoured), width }
}

/** Lines that are harmless already, since colour is in them. */
export async function show(lines: readonly string[]): Promise<void> {
  const output = new TextOutput('-')
  output.write(`${lines.join('\n')}\n`)
  await output.close()
}

export const showJson = (value: unknown): Promise<void> =>
  show([inertJson(JSON.stringify(value, null, 2))])

/** A sentence beside the result. */
export const tell = (text: string): void => {
  process.stderr.write(`${text.split('\n').map(visible).join('\n')}\n`)
}
