// A monitor in a process of its own that plays a capture as fast as it can, and what it looks like meanwhile: its
// memory as the system counts it, and what it says of itself on its control socket.

import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DeskStatus } from '../../src/model/desk.ts'
import { SocketDesk } from '../../src/web/socket-desk.ts'

export const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const COLLECT = fileURLToPath(new URL('./collect.cjs', import.meta.url))
const EVERY_MS = 50
const KIB_PER_MIB = 1024

/** How the monitor stood at one moment of packet time. */
export interface Sample {
  readonly captureMs: number
  readonly rssMib: number
  readonly status: DeskStatus
}

export interface Watched {
  readonly code: number | null
  readonly samples: readonly Sample[]
  /** From the start of the process until it watched, in seconds. */
  readonly startS: number
  /** Lines of the log that tell of a fault, an open ledger, or something lost. */
  readonly complaints: readonly string[]
}

const COMPLAINTS = ['fault', 'ledger_open', 'store_lost', 'store_degraded']

/** Plays the capture with these options besides; `collects` throws garbage away every second. */
export async function watched(
  capture: string,
  store: string,
  { args, collects }: { readonly args: readonly string[]; readonly collects: boolean },
): Promise<Watched> {
  const fromMs = performance.now()
  const played = ['--read-from', capture, '--speed', 'max', '--store', store, '--metrics', 'off']
  const env = collects ? { ...process.env, NODE_OPTIONS: `--require ${COLLECT}` } : process.env
  const child = spawn(process.execPath, [PROGRAM, 'watch', ...played, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let startS = Number.NaN
  const complaints: string[] = []
  createInterface(child.stderr).on('line', line => {
    const event = eventOf(line)
    if (event === 'started') startS = (performance.now() - fromMs) / 1000
    else if (event === null || COMPLAINTS.includes(event)) complaints.push(line)
  })
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  const samples: Sample[] = []
  while (child.exitCode === null && child.signalCode === null) {
    const sample = await sampleOf(child.pid ?? 0, store)
    if (sample !== null) samples.push(sample)
    await setTimeout(EVERY_MS)
  }
  return { code: await ended, samples, startS, complaints }
}

function eventOf(line: string): string | null {
  try {
    return String(JSON.parse(line).event)
  } catch {
    return null
  }
}

/** Null before the first packet, and where the process is just ending. */
async function sampleOf(pid: number, store: string): Promise<Sample | null> {
  const socket = join(store, 'control.sock')
  if (!existsSync(socket)) return null
  try {
    const status = await new SocketDesk(socket).status()
    const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
    if (status.captureMs === null || kib === undefined) return null
    return { captureMs: status.captureMs, rssMib: Number(kib) / KIB_PER_MIB, status }
  } catch {
    return null
  }
}
