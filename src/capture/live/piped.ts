// Starts a program that writes its output into a pipe of the system. What node calls a pipe is a pair of sockets: each
// write makes a message of its own there, of which some 170 fit in, and each is taken out by itself. A pipe puts
// small writes together in pages. One packet per write, as tcpdump -U has it, cost 1.3 us in tcpdump and 1.2 us
// here by sockets, 0.8 us and 0.5 us by a pipe. node has no call for one, but it opens one that has a name.

import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { assert } from '../../model/errors.ts'
import type { Command } from './tools.ts'

/** The ending is one that profiles of AppArmor let tcpdump write to. */
const NAME = 'packets.pcap'
const MAKE_MS_MAX = 2000

export interface Piped {
  readonly program: ChildProcess
  readonly output: Readable
  /** Standard error. */
  readonly words: Readable
}

interface Pipe {
  readonly readFd: number
  readonly writeFd: number
}

/** By a pair of sockets where no pipe can be made. `options` without `stdio`. */
export function startPiped({ program: path, args }: Command, options: SpawnOptions): Piped {
  const folder = temporaryFolder()
  const pipe = folder === null ? null : pipeIn(folder, options)
  try {
    const stdio: SpawnOptions['stdio'] = ['ignore', pipe?.writeFd ?? 'pipe', 'pipe']
    const program = spawn(path, args, { ...options, stdio })
    const output = pipe === null ? program.stdout : new Socket({ fd: pipe.readFd, writable: false })
    const { stderr: words } = program
    assert(output !== null && words !== null, 'a program is started with pipes')
    return { program, output, words }
  } finally {
    // The program alone writes, so that its end is the end of the pipe; and it has been started by now.
    if (pipe !== null) closeSync(pipe.writeFd)
    if (folder !== null) rmSync(folder, { recursive: true, force: true })
  }
}

function temporaryFolder(): string | null {
  try {
    return mkdtempSync(join(tmpdir(), 'mpwatch-pipe-'))
  } catch {
    return null
  }
}

function pipeIn(folder: string, { env }: SpawnOptions): Pipe | null {
  const path = join(folder, NAME)
  let readFd: number | null = null
  try {
    execFileSync('mkfifo', ['-m', '600', path], { stdio: 'ignore', timeout: MAKE_MS_MAX, env })
    readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    return { readFd, writeFd: openSync(path, constants.O_WRONLY) }
  } catch {
    if (readFd !== null) closeSync(readFd)
    return null
  }
}
