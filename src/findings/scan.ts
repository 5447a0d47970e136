// A port scan is one finding. Attempts that were stopped are one cause for each row they meet; when one source has
// tried so many ports of a server, what they met is no cause of its own.

import type { Finding } from '../model/finding.ts'

/** Stopped attempts of one pair on ports of no row, above which they are a scan. */
export const SCAN_MIN = 100

/** The findings with each scan in one, whose members are all the attempts. */
export function foldScans(findings: readonly Finding[]): readonly Finding[] {
  const scans = new Map(findings.filter(isScan).map(scan => [pairOf(scan), scan]))
  if (scans.size === 0) return findings
  for (const finding of findings) {
    const scan = scans.get(pairOf(finding))
    if (scan !== undefined && scan.id !== finding.id && isPart(scan, finding))
      scans.set(pairOf(scan), joined(scan, finding))
  }
  return findings.flatMap(finding => {
    const scan = scans.get(pairOf(finding))
    if (scan?.id === finding.id) return [told(scan)]
    return scan !== undefined && isPart(scan, finding) ? [] : [finding]
  })
}

/** Of no row, on several ports, and stopped or unanswered every time. */
const isScan = ({ verdict, reason, service, members, examples }: Finding): boolean =>
  reason === 'unlisted' &&
  service === null &&
  members >= SCAN_MIN &&
  (verdict === 'rejected' || examples.every(({ outcome }) => outcome.state === 'unanswered'))

/**
 * Of what escaped, every member must be known to have met silence, for a later one may have been served; and it is
 * no part of a scan that was stopped.
 */
const isPart = (scan: Finding, { verdict, reason, examples, members }: Finding): boolean =>
  verdict === 'rejected' ||
  reason === 'not_filtered' ||
  (verdict === 'escaped' &&
    scan.verdict === 'escaped' &&
    members === examples.length &&
    examples.every(({ outcome }) => outcome.state === 'unanswered'))

const pairOf = ({ source, destination }: Finding): string => JSON.stringify([source, destination])

/** A remark on the same attempts adds none. */
const joined = (scan: Finding, part: Finding): Finding => ({
  ...scan,
  members: scan.members + (part.verdict === 'advisory' ? 0 : part.members),
  packets: scan.packets + (part.verdict === 'advisory' ? 0 : part.packets),
  bytes: scan.bytes + (part.verdict === 'advisory' ? 0 : part.bytes),
  firstNs: Math.min(scan.firstNs, part.firstNs),
  lastNs: Math.max(scan.lastNs, part.lastNs),
})

/** Info by itself, low because it is a scan (semantics 3.5). What no filter stopped stays as bad as it was. */
const told = (scan: Finding): Finding => ({
  ...scan,
  severity: scan.severity === 'info' ? 'low' : scan.severity,
  title: `${scan.source} scanned the ports of ${scan.destination}`,
  why: [
    'Ports of rows were tried among the others; coverage tells which of them a filter stopped.',
  ],
  fix: `Find out who scans ${scan.destination}, and stop it in front of the firewall.`,
})
