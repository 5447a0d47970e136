// Sees to it that a child does not outlive a monitor that was killed: a child writes only when packets come, and
// on a quiet interface it would capture for nobody, for ever. A shell waits at a pipe that the system closes when the
// monitor ends, however it ends. A signal at the parent's death (prctl) would not do, since the system
// forgets it where the program has its right to capture from its file.

import { type ChildProcess, spawn } from 'node:child_process'

const SHELL = '/bin/sh'
const SCRIPT = 'read -r line || kill -s KILL -- "-$1"'

export class Guard {
  readonly #shell: ChildProcess

  /** Watches over the group of that process. Where there is no shell, the child ends with its next packet. */
  constructor(pid: number) {
    this.#shell = spawn(SHELL, ['-c', SCRIPT, 'mpwatch-guard', String(pid)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
      cwd: '/',
      // Ctrl-C at a terminal is for the monitor alone.
      detached: true,
    })
    this.#shell.on('error', () => undefined)
    this.#shell.stdin?.on('error', () => undefined)
  }

  /** The child has ended by itself, and its number may soon be another's. */
  end(): void {
    this.#shell.kill('SIGKILL')
  }
}
