// What a finding says to people, in the same words in a report, a page and a mail.

import { hostAndPort } from './address.ts'
import type { ReportedExample, ReportedFinding } from './result.ts'
import { counted } from './text.ts'
import { citation } from './words.ts'

/** What no row lists is cited by the table that lacks the row. */
export const isListed = (row: string): boolean => row !== 'unlisted'

export const rowWords = ({ row, cite }: ReportedFinding): string =>
  isListed(row) ? `${row}, ${citation(cite)}` : `none in ${citation(cite)}`

export const verdictWords = ({ verdict, reason, confidence }: ReportedFinding): string =>
  `${reason === null ? verdict : `${verdict}: ${reason}`}, ${confidence}`

/** `3 flows`; what no flow shows alone is counted in times. */
export const howOften = ({ members, examples }: ReportedFinding): string =>
  counted(members, examples.length === 0 ? 'time' : 'flow')

/** `203.0.113.77:51514 -> 192.0.2.20:1433 TCP`; other protocols have no ports. */
export function between({ src_ip, src_port, dest_ip, dest_port, proto }: ReportedExample): string {
  const hasPorts = proto === 'TCP' || proto === 'UDP'
  if (!hasPorts) return `${src_ip} -> ${dest_ip} ${proto}`
  return `${hostAndPort(src_ip, src_port)} -> ${hostAndPort(dest_ip, dest_port)} ${proto}`
}
