// The judging thread as the main thread sees it.

import { Worker } from 'node:worker_threads'
import { assert, InputError, UsageError } from '../model/errors.ts'
import type { FromJudging, JudgingOptions, RulesInForce, ToJudging } from './protocol.ts'

type Listener = (message: FromJudging) => void

export class JudgingThread {
  readonly rules: RulesInForce
  readonly #worker: Worker
  readonly #ended: Promise<Error | null>
  #listener: Listener | null = null
  /** Said before there was anybody to hear it; the thread says little before it is answered. */
  readonly #unheard: FromJudging[]

  private constructor(worker: Worker, ended: Promise<Error | null>, said: FromJudging[]) {
    const [first] = said.splice(0, 1)
    assert(first?.kind === 'in_force', 'the rules come first')
    this.rules = first.rules
    this.#worker = worker
    this.#ended = ended
    this.#unheard = said
  }

  /**
   * Starts the thread, which loads the rules and begins to capture. Throws a UsageError or an InputError where
   * the operator has to mend something first.
   */
  static async begin(options: JudgingOptions): Promise<JudgingThread> {
    // The pipe of a child is opened as a file and closed as a socket (capture/live/piped.ts): a thread that kept a list
    // of its files would close at its end what has that number by then.
    const how = { workerData: options, transferList: [options.own], trackUnmanagedFds: false }
    const worker = IS_SOURCE
      ? new Worker(FROM_SOURCE, { ...how, eval: true })
      : new Worker(SCRIPT, how)
    const ended = endOf(worker)
    const said: FromJudging[] = []
    let thread: JudgingThread | null = null
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromJudging) => {
        if (message.kind === 'failed') reject(failure(message))
        else if (thread !== null) thread.#hear(message)
        else {
          said.push(message)
          resolve()
        }
      })
      void ended.then(error => reject(error ?? new Error('the judging thread ended at once')))
    })
    thread = new JudgingThread(worker, ended, said)
    return thread
  }

  /** From now on messages go there, first those that were said before. */
  listen(listener: Listener): void {
    this.#listener = listener
    for (const message of this.#unheard.splice(0)) listener(message)
  }

  say(message: ToJudging): void {
    this.#worker.postMessage(message)
  }

  /** Kept when the thread is over: with what it died of, or null. */
  get ended(): Promise<Error | null> {
    return this.#ended
  }

  async kill(): Promise<void> {
    await this.#worker.terminate()
  }

  #hear(message: FromJudging): void {
    if (this.#listener === null) this.#unheard.push(message)
    else this.#listener(message)
  }
}

function endOf(worker: Worker): Promise<Error | null> {
  return new Promise(resolve => {
    let fault: Error | null = null
    worker.on('error', error => {
      fault = error
    })
    worker.on('exit', code => {
      const other = code === 0 ? null : new Error(`the judging thread ended with code ${code}`)
      resolve(fault ?? other)
    })
  })
}

const failure = ({ by, problems, message }: Extract<FromJudging, { kind: 'failed' }>): Error =>
  by === 'input'
    ? new InputError(message)
    : new UsageError(problems.length > 0 ? problems : message)

/** The compiled program has JavaScript files. A thread of the sources needs their loader, which threads do not inherit. */
const IS_SOURCE = import.meta.url.endsWith('.ts')
const SCRIPT = new URL(IS_SOURCE ? './thread.ts' : './thread.js', import.meta.url)
const FROM_SOURCE = `import('tsx/esm/api').then(({ register }) => {
  register()
  return import(${JSON.stringify(SCRIPT.href)})
})`
