// The bytes that a child has written and that nobody has walked over yet. Beyond its bound nothing more is taken
// out of the pipe: then the child waits, and what it does not take in time is dropped in the kernel, where it is
// counted (faults.md F17).

import type { Readable } from 'node:stream'

interface Block {
  readonly bytes: Uint8Array
  /** Of the monotonic clock, in milliseconds. */
  readonly arrivedMs: number
}

export class Intake {
  /** When the latest bytes came, by the monotonic clock; 0 before the first. */
  lastMs = 0
  /** Nothing more will come. */
  isOver = false
  bytesRead = 0
  /** Nobody wants what comes. */
  isDiscarding = false
  private readonly stream: Readable
  private readonly bytesMax: number
  private readonly onArrival: () => void
  private readonly blocks: Block[] = []
  private queuedBytes = 0

  constructor(stream: Readable, bytesMax: number, onArrival: () => void) {
    this.stream = stream
    this.bytesMax = bytesMax
    this.onArrival = onArrival
    stream.on('readable', () => this.pull())
    const end = () => {
      this.isOver = true
      onArrival()
    }
    stream.on('end', end)
    stream.on('error', end)
    stream.on('close', end)
  }

  /** So much waits that no time can be lost with waiting for others. */
  get isPressed(): boolean {
    return this.queuedBytes >= this.bytesMax / 2
  }

  /** The child may have to wait for us. */
  get isFull(): boolean {
    return this.queuedBytes >= this.bytesMax
  }

  /** Everything that came has been taken, and nothing will follow. */
  get isDrained(): boolean {
    return this.isOver && this.blocks.length === 0
  }

  /** Takes up to `target.length` bytes of one arrival; 0 where none is there. */
  read(target: Uint8Array): { count: number; arrivedMs: number } {
    const [block] = this.blocks
    if (block === undefined) return { count: 0, arrivedMs: Number.NaN }
    const { bytes, arrivedMs } = block
    const count = Math.min(bytes.length, target.length)
    target.set(bytes.subarray(0, count))
    if (count === bytes.length) this.blocks.shift()
    else this.blocks[0] = { bytes: bytes.subarray(count), arrivedMs }
    this.bytesRead += count
    this.queuedBytes -= count
    if (!this.isFull) this.pull()
    return { count, arrivedMs }
  }

  /** What is there and what will come is of no use. */
  discard(): void {
    this.isDiscarding = true
    this.blocks.length = 0
    this.queuedBytes = 0
    this.pull()
  }

  private pull(): void {
    while (!this.isFull) {
      const bytes: Uint8Array | null = this.stream.read()
      if (bytes === null) return
      this.lastMs = performance.now()
      if (this.isDiscarding) continue
      this.blocks.push({ bytes, arrivedMs: this.lastMs })
      this.queuedBytes += bytes.length
      this.onArrival()
    }
  }
}
