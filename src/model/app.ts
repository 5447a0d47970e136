// What a flow carries: its protocol, told from payload and never from ports, and the few facts of it that
// verdicts and analysts need. Texts come from the wire: shortened, made visible, and never a secret.

import type { Address } from './address.ts'

/** Protocols that are recognised, by the names of Suricata's `app_proto` where it has one. */
export const PROTOCOLS = [
  ...(['dns', 'ntp', 'snmp', 'sip', 'rtcp', 'rtp', 'http', 'tls', 'ssh', 'smtp', 'ftp'] as const),
  ...(['telnet', 'h248', 'rtmp', 'tds', 'ldap', 'socks', 'rmi', 'xml', 'smb'] as const),
  'ftp-data',
] as const
export type Protocol = (typeof PROTOCOLS)[number]

/** One question of a client and what became of it: an HTTP request, a SOCKS or DNS request. */
export interface AppRequest {
  /** What the client asked for, by name or address; null where it named nothing. */
  readonly target: string | null
  /** Port of the target, for CONNECT and SOCKS. */
  readonly port: number | null
  /** `GET`, `CONNECT`, `INVITE`, `A`, ... */
  readonly method: string | null
  /** HTTP: how the target was written (RFC 9112, 3.2). Absolute and authority forms are for proxies. */
  readonly form: 'origin' | 'absolute' | 'authority' | 'asterisk' | null
  /** HTTP path without its query. */
  readonly path: string | null
  /** The answer's own number: HTTP and SIP status, SOCKS reply, DNS response code; null while unanswered. */
  readonly status: number | null
  /** HTTP: the answer came out of a cache (Age above 0, X-Cache HIT, Warning 110). */
  readonly isCached: boolean
  /** HTTP: media type of the answer, lower case, without parameters. */
  readonly contentType: string | null
}

/** Facts beside the protocol; each null where it was not seen or the protocol has no such thing. */
export interface AppFacts {
  /** Version as people write it: `TLS 1.2`, `HTTP/1.1`, `v2c`, `SOCKS 5`. */
  readonly version: string | null
  /** What the client and the server call their software. */
  readonly clientSoftware: string | null
  readonly serverSoftware: string | null
  /** TLS server name (RFC 6066, 3), lower case. */
  readonly sni: string | null
  readonly alpn: string | null
  /** Issuer of the server's certificate, where it passed in clear (TLS 1.2 and below). */
  readonly issuer: string | null
  /** The first few distinct requests, at most eight. */
  readonly requests: readonly AppRequest[]
  /** The kind of message where it matters: SNMP PDU, NTP mode, LDAP operation, XML root. */
  readonly operation: string | null
  /** A login, a community or the like passed in clear. What it was is not kept. */
  readonly isLoginClear: boolean
  /** Both sides went over to TLS (STARTTLS, AUTH TLS). */
  readonly isUpgraded: boolean
  /** RTMP tunnelled in HTTP. */
  readonly isRtmpt: boolean
}

export const NO_FACTS: AppFacts = {
  version: null,
  clientSoftware: null,
  serverSoftware: null,
  sni: null,
  alpn: null,
  issuer: null,
  requests: [],
  operation: null,
  isLoginClear: false,
  isUpgraded: false,
  isRtmpt: false,
}

type Some = Partial<AppFacts>

/**
 * Facts from three sources, of which the later ones have the last word. Field by field and in the order of
 * NO_FACTS: spreading costs ten times as much, and makes objects of other shapes.
 */
export function factsOf(a: Some, b: Some = NOTHING, c: Some = NOTHING): AppFacts {
  return {
    version: c.version ?? b.version ?? a.version ?? NO_FACTS.version,
    clientSoftware:
      c.clientSoftware ?? b.clientSoftware ?? a.clientSoftware ?? NO_FACTS.clientSoftware,
    serverSoftware:
      c.serverSoftware ?? b.serverSoftware ?? a.serverSoftware ?? NO_FACTS.serverSoftware,
    sni: c.sni ?? b.sni ?? a.sni ?? NO_FACTS.sni,
    alpn: c.alpn ?? b.alpn ?? a.alpn ?? NO_FACTS.alpn,
    issuer: c.issuer ?? b.issuer ?? a.issuer ?? NO_FACTS.issuer,
    requests: c.requests ?? b.requests ?? a.requests ?? NO_FACTS.requests,
    operation: c.operation ?? b.operation ?? a.operation ?? NO_FACTS.operation,
    isLoginClear: c.isLoginClear ?? b.isLoginClear ?? a.isLoginClear ?? NO_FACTS.isLoginClear,
    isUpgraded: c.isUpgraded ?? b.isUpgraded ?? a.isUpgraded ?? NO_FACTS.isUpgraded,
    isRtmpt: c.isRtmpt ?? b.isRtmpt ?? a.isRtmpt ?? NO_FACTS.isRtmpt,
  }
}

const NOTHING: Some = {}

/** An answer of a name server, for those who map addresses back to names. */
export interface NameAnswer {
  /** The name asked for, lower case. */
  readonly name: string
  /** Response code (RFC 6895, 2.3). */
  readonly code: number
  /** Addresses as 4 or 16 bytes. */
  readonly addresses: readonly Uint8Array[]
  /** The least time to live of these, seconds. */
  readonly ttlSeconds: number
}

/** The control connection to which a data connection belongs (RFC 959, 3.2). */
export interface Control {
  readonly client: Address
  readonly server: Address
  /** Server port of the control connection. */
  readonly port: number
}

export interface App {
  /** Null where the payload was not recognised, or there was none. */
  readonly protocol: Protocol | null
  /** Which sides showed the protocol. */
  readonly by: { readonly client: boolean; readonly server: boolean }
  readonly facts: AppFacts
  /** Requests of a datagram protocol that were sent again under the same id and never answered (BS7). */
  readonly retries: number
  readonly control: Control | null
}

/** One class for all, so that the engine knows their shape. */
export class KnownApp implements App {
  readonly protocol: Protocol | null
  readonly by: App['by']
  readonly retries: number
  readonly control: Control | null
  #facts: AppFacts | (() => AppFacts)

  /** Where `facts` is a function, it is called when somebody asks for them, and once. */
  constructor(
    protocol: Protocol | null,
    by: App['by'],
    facts: AppFacts | (() => AppFacts),
    retries: number,
    control: Control | null,
  ) {
    this.protocol = protocol
    this.by = by
    this.retries = retries
    this.control = control
    this.#facts = facts
  }

  get facts(): AppFacts {
    if (typeof this.#facts === 'function') this.#facts = this.#facts()
    return this.#facts
  }
}

export const UNKNOWN_APP: App = new KnownApp(
  null,
  { client: false, server: false },
  NO_FACTS,
  0,
  null,
)
