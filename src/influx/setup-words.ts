// What is told of things that are set up in an InfluxDB.

/** One thing that is needed, and what became of it. */
export interface SetUp {
  readonly became: 'made' | 'found' | 'changed'
  /** `retention policy raw of mpwatch: 90 days, the default`. */
  readonly what: string
}

/** `90 days`; 0 is for ever. */
export const daysText = (days: number): string =>
  days === 0 ? 'for ever' : days === 1 ? '1 day' : `${days} days`
