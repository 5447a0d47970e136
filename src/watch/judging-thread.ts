// The judging thread as the main thread sees it.

import { Worker } from 'node:worker_threads'
import type { FromJudging, JudgingOptions, ToJudging } from './protocol.ts'

/** What the thread said, and that it came to an end of its own, which is a fault of ours unless it was asked. */
export interface JudgingListener {
  message(message: FromJudging): void
  died(error: Error): void
}

export class JudgingThread {
  readonly #worker: Worker
  readonly #ended: Promise<void>

  constructor(options: JudgingOptions, listener: JudgingListener) {
    this.#worker = new Worker(SCRIPT, {
      workerData: options,
      execArgv: IS_SOURCE ? ['--import', 'tsx'] : [],
    })
    this.#worker.on('message', (message: FromJudging) => listener.message(message))
    this.#ended = new Promise(resolve => {
      let fault: Error | null = null
      this.#worker.on('error', error => {
        fault = error
      })
      this.#worker.on('exit', code => {
        if (fault !== null || code !== 0)
          listener.died(fault ?? new Error(`the judging thread ended with code ${code}`))
        resolve()
      })
    })
  }

  say(message: ToJudging): void {
    this.#worker.postMessage(message)
  }

  /** Kept when the thread is over. */
  get ended(): Promise<void> {
    return this.#ended
  }

  async kill(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** The compiled program has JavaScript files; what is run from its sources needs their loader. */
const IS_SOURCE = import.meta.url.endsWith('.ts')
const SCRIPT = new URL(IS_SOURCE ? './thread.ts' : './thread.js', import.meta.url)
