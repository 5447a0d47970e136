// A hit: one thing that a judged flow has to tell people. Most flows have none; a flow can have several,
// since its verdict, a dead service and each remark are separate causes.

import type { FindingVerdict } from '../model/finding.ts'
import type { FlowRecord } from '../model/flow.ts'
import type { Advisory, JudgedFlow, Verdict, VerdictKind } from '../model/verdict.ts'

export interface Hit {
  readonly verdict: FindingVerdict
  readonly reason: string | null
  /** The deciding row or statement; `unlisted` where there is none. */
  readonly row: string
  /** The id of the exception, for `excepted`. */
  readonly exception: string | null
  readonly judged: JudgedFlow
}

export const UNLISTED = 'unlisted'

/** The verdicts of which people should know; the others are what was hoped for, or nobody's concern. */
const TOLD: readonly VerdictKind[] = ['escaped', 'misdropped', 'rejected', 'excepted']

/** Remarks that rest on a statement of their own, whatever row allows the flow. */
const STATEMENTS: Readonly<Partial<Record<Advisory, string>>> = {
  ...{ cached: 'W-06', stale_ip_path: 'W-07', socks_port_drift: 'T-09' },
}

// Echo request of ICMP (RFC 792) and of ICMPv6 (RFC 4443).
const ECHO_TYPES = { icmp: 8, icmp6: 128 } as const

// SMTP, RFC 5321; the only mail port of the document's tables (O-03).
const MAIL_PORT = 25

/** Whether a flow of this verdict has anything to tell. */
export const hasHits = ({ kind, serviceDown, advisories }: Verdict): boolean =>
  serviceDown || advisories.length > 0 || TOLD.includes(kind)

/** What the flow has to tell, its verdict first. */
export function hitsOf(judged: JudgedFlow): readonly Hit[] {
  const { verdict } = judged
  const row = verdict.row ?? UNLISTED
  const hit = (kind: FindingVerdict, reason: string | null): Hit => {
    return { verdict: kind, reason, row, judged, exception: verdict.excepted?.id ?? null }
  }
  return [
    ...(TOLD.includes(verdict.kind) ? [hit(verdict.kind, reasonOf(verdict))] : []),
    ...(verdict.serviceDown ? [hit('degraded', 'service_down')] : []),
    ...verdict.advisories.map(advisory => ({
      ...hit('advisory', advisory),
      row: STATEMENTS[advisory] ?? row,
    })),
  ]
}

/** An exception's reason is what it accepts: the broken rule, or else the verdict it replaced. */
const reasonOf = ({ reason, excepted }: Verdict): string | null =>
  excepted === null ? reason : (excepted.reason ?? excepted.kind)

/** Whether an unlisted flow came to MeetingPlace, rather than left it. */
export const isInbound = ({ verdict, server }: JudgedFlow): boolean =>
  verdict.bound === null ? server.isMeetingPlace : verdict.bound === 'inbound'

/** A declared node by its name, everybody else as `role@zone`. */
export const isEcho = ({ transport, client }: FlowRecord): boolean =>
  (transport === 'icmp' || transport === 'icmp6') && client.port === ECHO_TYPES[transport]

export const isMail = ({ transport, server }: FlowRecord): boolean =>
  transport === 'tcp' && server.port === MAIL_PORT

/** `tcp/1433`, `icmp/echo`, `icmp/13` by type, `ip/47` by protocol number. */
export function serviceOf(flow: FlowRecord): string {
  if (isEcho(flow)) return 'icmp/echo'
  if (flow.transport === 'other') return `ip/${flow.protocol}`
  const isIcmp = flow.transport === 'icmp' || flow.transport === 'icmp6'
  return `${flow.transport}/${isIcmp ? flow.client.port : flow.server.port}`
}
