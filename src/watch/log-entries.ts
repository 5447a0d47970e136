// What was recorded, as lines of the log.

import type { Entry, FindingEvent, Incident } from '../model/lifecycle.ts'
import type { BlindInterval } from '../model/live.ts'
import type { Log } from './log.ts'

export function logEntries(log: Log, entries: readonly Entry[]): void {
  for (const entry of entries) logEntry(log, entry)
}

function logEntry(log: Log, entry: Entry): void {
  if (entry.kind === 'finding') logFinding(log, entry)
  else if (entry.kind === 'suppress') log.tell('act', actOf(entry.kind, entry.suppression))
  else if (entry.kind === 'maintain') log.tell('act', actOf(entry.kind, entry.maintenance))
  else if ('author' in entry) log.tell('act', actOf(entry.kind, entry))
  else logIncident(log, entry)
}

const actOf = (kind: string, { id, author }: { readonly id: string; readonly author: string }) => ({
  ...{ kind, id, author },
})

function logFinding(log: Log, { phase, stored: { finding } }: FindingEvent): void {
  const { id, severity, verdict, row, title, members } = finding
  if (phase === 'open') log.tell('finding_opened', { id, severity, verdict, row, title })
  else if (phase === 'reopen') log.tell('finding_reopened', { id, severity, verdict, row, title })
  else if (phase === 'close') log.tell('finding_closed', { id, members })
}

function logIncident(log: Log, incident: Incident): void {
  if (incident.kind === 'blind') logBlind(log, incident.interval)
  else if (incident.kind === 'rules_refused')
    log.tell('rules_refused', { problems: incident.problems })
  else if (incident.kind === 'output') logOutput(log, incident)
  else if (incident.kind === 'clock_jump') log.tell('clock_jump', { by_ms: incident.byMs })
  else if (incident.kind === 'lost') {
    const { what, count, why } = incident
    log.tell('store_lost', { what, count, why })
  }
}

function logOutput(log: Log, incident: Extract<Incident, { readonly kind: 'output' }>): void {
  const { output, state, reason } = incident
  log.tell(state === 'degraded' ? 'output_degraded' : 'output_recovered', { output, reason })
}

function logBlind(log: Log, interval: BlindInterval): void {
  const { sensor, cause, detail, fromMs, toMs } = interval
  const where = { interface: interval.interface, sensor, cause }
  if (toMs === null) log.tell('capture_blind', { ...where, detail })
  else log.tell('capture_back', { ...where, seconds: (toMs - fromMs) / 1000 })
}
