// A sensor's clock, held against a time server that it saw.

export interface SensorClock {
  /** The sensor's index in the run. */
  readonly sensor: number
  /** How far its clock is ahead, behind where negative, and how far that may be off. What the site file declares of it is counted in. */
  readonly aheadMs: number
  readonly boundMs: number
  readonly exchanges: number
  /** By what findings call the server. */
  readonly server: string
  readonly stratum: number
}
