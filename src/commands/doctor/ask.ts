// Asks programs and files of the system, which may hang, shout or be missing.

import { execFile } from 'node:child_process'
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { searchPath } from '../../capture/live/tools.ts'

const ANSWER_MS_MAX = 3000
const ANSWER_BYTES_MAX = 65_536

export interface Answer {
  /** Null where it could not be started, hung or was killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program without a shell and without input, for three seconds at the most. */
export function ask(program: string, args: readonly string[]): Promise<Answer> {
  const options = {
    timeout: ANSWER_MS_MAX,
    killSignal: 'SIGKILL',
    maxBuffer: ANSWER_BYTES_MAX,
    env: { PATH: searchPath().join(delimiter), LC_ALL: 'C' },
  } as const
  return new Promise(resolve => {
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ code, stdout, stderr: stderr === '' && code === null ? 'no answer' : stderr })
    })
    child.stdin?.end()
  })
}

/** The program's path as PATH finds it; null where it is not installed. */
export const located = (program: string): string | null =>
  searchPath()
    .map(folder => join(folder, program))
    .find(isProgram) ?? null

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Empty where it cannot be read, as of an interface that is down. */
export function textOfFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

export const statusOfSelf = (): string => textOfFile('/proc/self/status')

/** The user's name as commands take it. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return '"$(id -un)"'
  }
}
