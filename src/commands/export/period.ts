// The time of which rows are exported, and what is said where some of it are missing.

import type { DeskPort } from '../../model/desk.ts'
import { UsageError } from '../../model/errors.ts'
import { MS_MAX, type Period } from '../../model/store.ts'
import { momentText } from '../../report/terminal-common.ts'
import { sinceMsOf } from '../monitor/reading.ts'
import { tell } from '../monitor/show.ts'
import type { When } from '../monitor/times.ts'

export interface PeriodOptions {
  readonly since?: When
  /** Unix milliseconds. */
  readonly before?: number
}

/** From the beginning to the end of what is kept, where nobody says otherwise. @throws UsageError where it is empty. */
export async function periodOf(
  desk: DeskPort,
  { since, before: toMs = MS_MAX }: PeriodOptions,
): Promise<Period> {
  const fromMs = since === undefined ? 0 : await sinceMsOf(desk, since)
  if (toMs <= fromMs) throw new UsageError('--before is not after --since.')
  return { fromMs, toMs }
}

export const onFull = (ms: number): void =>
  tell(`${momentText(ms)}: so many rows in one millisecond that some of them are missing.`)
