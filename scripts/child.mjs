// Running other programs: with their output shown, or kept until somebody needs it.

import { spawnSync } from 'node:child_process'
import { constants } from 'node:os'

/** Runs a program that shares our terminal. Gives its exit code, 128 + n when signal n ended it. */
export function runShown(command, args, options = {}) {
  return exitCode(spawnSync(command, args, { ...options, stdio: 'inherit' }))
}

/** Runs a program in silence. Gives its exit code and all it printed. */
export function runKept(command, args, options = {}) {
  const result = spawnSync(command, args, {
    ...options,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const fault = result.error === undefined ? '' : `${result.error.message}\n`
  return {
    code: exitCode(result),
    output: `${result.stdout ?? ''}${result.stderr ?? ''}${fault}`,
  }
}

// A program that could not be started at all has neither status nor signal; 127 is the shell's word for it.
function exitCode({ status, signal }) {
  return status ?? (signal === null ? 127 : 128 + constants.signals[signal])
}
