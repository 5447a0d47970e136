// The books of the rows: each that was offered is stored, waiting or lost, and nothing is lost silently.

import type { StoreHealth } from '../../model/store.ts'
import type { Segment } from './segment.ts'

export class Books {
  private offered = 0
  private stored = 0
  private lost = 0
  /** Rows of earlier processes that were lost in their files. */
  private lostOfEarlier = 0
  private expired = 0
  private readonly onLost: (count: number, why: string) => void

  constructor(onLost: (count: number, why: string) => void) {
    this.onLost = onLost
  }

  offer(rows: number): void {
    this.offered += rows
  }

  store(rows: number): void {
    this.stored += rows
  }

  /** Rows that were offered and never stored. */
  lose(rows: number, why: string): void {
    if (rows === 0) return
    this.lost += rows
    this.onLost(rows, why)
  }

  /** All rows of a file, which had to go before its time. */
  loseFile({ rows, ownRows }: Segment, why: string): void {
    this.stored -= ownRows
    this.lost += ownRows
    this.loseEarlier(rows - ownRows, why)
    if (ownRows > 0) this.onLost(ownRows, why)
  }

  loseEarlier(rows: number, why: string): void {
    if (rows <= 0) return
    this.lostOfEarlier += rows
    this.onLost(rows, why)
  }

  expire(rows: number): void {
    this.expired += rows
  }

  rows(waiting: number): StoreHealth['rows'] {
    return { offered: this.offered, stored: this.stored, waiting, lost: this.lost }
  }

  gone(): { readonly expired: number; readonly lostOfEarlier: number } {
    return { expired: this.expired, lostOfEarlier: this.lostOfEarlier }
  }
}
