// The fuzzer's child under watch: a job runs in a process of its own, and one that says nothing for too long
// is ended.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Job, Said } from './worker.ts'

export interface Ended {
  /** Null where it did all it was asked for. */
  readonly cause: 'hang' | 'died' | null
  /** What it said last on standard error, where it died. */
  readonly message: string
}

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url))
const ERROR_CHARACTERS_MAX = 4000

/** Runs a job and hands on whatever the child says. `program` is for tests of the watch itself. */
export function runWatched(
  job: Job,
  silenceMsMax: number,
  hear: (said: Said) => void,
  program = WORKER,
): Promise<Ended> {
  const args = ['--expose-gc', '--import', import.meta.resolve('tsx'), program, JSON.stringify(job)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let isHung = false
  let errors = ''
  const end = (): void => {
    isHung = true
    child.kill('SIGKILL')
  }
  let timer = setTimeout(end, silenceMsMax)
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-ERROR_CHARACTERS_MAX)
  })
  const lines = createInterface({ input: child.stdout })
  lines.on('line', line => {
    clearTimeout(timer)
    timer = setTimeout(end, silenceMsMax)
    hear(JSON.parse(line) as Said)
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => {
      clearTimeout(timer)
      if (isHung) resolve({ cause: 'hang', message: `silent for ${silenceMsMax} ms` })
      else resolve({ cause: code === 0 ? null : 'died', message: errors })
    })
  })
}
