// Verdicts that nothing a flow does later takes back, so that they can be told while it goes on. What was opened
// by a handshake and answered stays answered, and in that direction; who may reach which port of MeetingPlace, or of
// a declared host that is no proxy, does not turn on what is carried. What else leaves MeetingPlace does: names and
// requests excuse it.

import { isStrongBasis } from '../model/flow.ts'
import type { Placement } from '../model/inventory.ts'
import type { JudgedFlow } from '../model/verdict.ts'
import { isProxyOf } from './errand.ts'

const BREACHES: readonly (string | null)[] = [
  ...['over_exposed', 'wrong_direction', 'forbidden_by_mode', 'unlisted'],
]

/** Whether the verdict on an open flow is that on its record. Data channels of FTP are not told apart here. */
export const isIrrevocable = ({ flow, server, verdict }: JudgedFlow): boolean =>
  verdict.kind === 'escaped' &&
  verdict.outcome.state === 'answered' &&
  BREACHES.includes(verdict.reason) &&
  (server.isMeetingPlace || (verdict.reason === 'over_exposed' && isPlainHost(server))) &&
  isStrongBasis(flow.basis)

const isPlainHost = (server: Placement): boolean => server.node !== null && !isProxyOf(server)
