// The commands that ask the monitor that runs, or its store: status, findings, suppressions, ack, unack, suppress,
// maintenance, end, reload.

import type { Command } from 'commander'
import { actingCommands } from './monitor/acting.ts'
import { readingCommands } from './monitor/reading.ts'
import { lazily, type OpenDesk } from './monitor/where.ts'

/** @param open How a store is opened where no monitor runs. */
export function monitorCommands(
  program: Command,
  leave: (code: number) => void,
  open: OpenDesk = lazily,
): void {
  readingCommands(program, open)
  actingCommands(program, leave, open)
}
