// Wakes whoever waits for one of many things to happen.

export class Bell {
  private wake: (() => void) | null = null
  private hasRung = false

  ring(): void {
    this.hasRung = true
    this.wake?.()
  }

  /** Until it rings, or has rung since the last wait, or so many milliseconds have passed. */
  async wait(ms: number): Promise<void> {
    if (!this.hasRung)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ms)
        this.wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    this.wake = null
    this.hasRung = false
  }
}
