// What a flow carries, by the field names that reports and events share, and in one sentence for people.

import type { App, AppFacts, AppRequest } from './app.ts'

/** Only what was seen; a field that is missing was not seen. */
export interface ReportedApp {
  readonly protocol: string
  /** Which sides showed it; `none` for a data channel, which its control connection names. */
  readonly by: 'both' | 'client' | 'server' | 'none'
  readonly version?: string
  readonly client_software?: string
  readonly server_software?: string
  readonly sni?: string
  readonly alpn?: string
  readonly issuer?: string
  readonly operation?: string
  readonly login_clear?: true
  readonly upgraded?: true
  readonly rtmpt?: true
  readonly requests?: readonly ReportedRequest[]
}

export interface ReportedRequest {
  readonly method?: string
  readonly target?: string
  readonly port?: number
  readonly path?: string
  readonly status?: number
}

/** Null where nothing was recognised. */
export function reportedApp({ protocol, by, facts }: App): ReportedApp | null {
  if (protocol === null) return null
  const { requests } = facts
  return {
    ...{ protocol, by: sidesOf(by) },
    ...present({ version: facts.version, client_software: facts.clientSoftware }),
    ...present({ server_software: facts.serverSoftware, sni: facts.sni, alpn: facts.alpn }),
    ...present({ issuer: facts.issuer, operation: facts.operation }),
    ...flags(facts),
    ...(requests.length === 0 ? {} : { requests: requests.map(reportedRequest) }),
  }
}

/** `HTTP/1.1: GET meet.example.com/index.html, 200.`, or null where nothing was recognised. */
export function spokenHow(app: ReportedApp | null): string | null {
  if (app === null) return null
  const { protocol, version, sni, issuer, operation, requests = [] } = app
  const [first] = requests
  const named = sni === undefined ? [] : [`for ${sni}`]
  const certified = issuer === undefined ? [] : [`certificate issued by ${issuer}`]
  const done = operation === undefined ? [] : [operation]
  const asked = first === undefined ? [] : [asText(first)]
  const login = app.login_clear === true ? ['a login in clear text'] : []
  const details = [...named, ...certified, ...done, ...asked, ...login].join(', ')
  const spoken = version ?? protocol
  return details === '' ? `It speaks ${spoken}.` : `It speaks ${spoken}: ${details}.`
}

function asText({ method, target, port, path, status }: ReportedRequest): string {
  const where = `${target ?? ''}${port === undefined ? '' : `:${port}`}${path ?? ''}`
  const answer = status === undefined ? '' : ` answered ${status}`
  return `${[method, where].filter(part => part !== undefined && part !== '').join(' ')}${answer}`
}

function sidesOf({ client, server }: App['by']): ReportedApp['by'] {
  if (client) return server ? 'both' : 'client'
  return server ? 'server' : 'none'
}

const flags = ({ isLoginClear, isUpgraded, isRtmpt }: AppFacts) => ({
  ...(isLoginClear ? { login_clear: true as const } : {}),
  ...(isUpgraded ? { upgraded: true as const } : {}),
  ...(isRtmpt ? { rtmpt: true as const } : {}),
})

const reportedRequest = ({ method, target, port, path, status }: AppRequest): ReportedRequest =>
  present({ method, target, port, path, status })

/** Without the fields that are null. */
function present<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  const kept = Object.entries(fields).filter(([, value]) => value !== null)
  return Object.fromEntries(kept) as { [Key in keyof Fields]?: NonNullable<Fields[Key]> }
}
