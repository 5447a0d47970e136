// The words of a server that tells no time: stratum 0, and why in four letters. RFC 5905, 7.4; RFC 8915, 5.7.

import type { TimeMessage } from '../model/time-message.ts'

const CODES = [
  ...['ACST', 'AUTH', 'AUTO', 'BCST', 'CRYP', 'DENY', 'DROP', 'RSTR', 'INIT', 'MCST', 'NKEY'],
  ...['RATE', 'RMOT', 'STEP', 'NTSN'],
]

const numberOf = (code: string): number =>
  [...code].reduce((number, letter) => ((number << 8) | letter.charCodeAt(0)) >>> 0, 0)

const BY_NUMBER: ReadonlyMap<number, string> = new Map(CODES.map(code => [numberOf(code), code]))

/** `other` for a code of nobody's list; null where the time is told. */
export const kissOf = ({ stratum, reference }: TimeMessage): string | null =>
  stratum === 0 ? (BY_NUMBER.get(reference) ?? 'other') : null
