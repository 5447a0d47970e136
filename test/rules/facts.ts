// The facts of the document's two port tables and of its list of WebEx ranges, in the order in which
// they stand there. Kept here so that the rules can be checked where the document itself is not.

export interface IncomingFact {
  readonly id: string
  readonly server: string
  readonly service: string
  readonly transports: string
  readonly ports: string
  /** The class for which "Special Requirements" stands. */
  readonly exposure: string
}

export interface OutgoingFact {
  readonly id: string
  readonly service: string
  readonly transports: string
  readonly ports: string
  readonly source: string
  readonly destination: string
}

export interface RangeFact {
  readonly id: string
  readonly cidr: string
  readonly range: string
}

export interface Facts {
  readonly incoming: readonly IncomingFact[]
  readonly outgoing: readonly OutgoingFact[]
  readonly ranges: readonly RangeFact[]
}

/** One line per row: id | service | transports | ports | exposure. */
const APPLICATION_SERVER = `
I-01 | SSH               | TCP     | 22          | X1
I-02 | HTTP, HTTPS       | TCP     | 80, 443     | X1
I-03 | NTP               | UDP     | 123         | X4
I-04 | SNMP              | UDP     | 161         | X1
I-05 | MP_REPL           | TCP     | 2008        | X0
I-06 | GWSIM             | TCP     | 5003        | X3
I-07 | SIP               | TCP UDP | 5060        | X0
I-08 | HTTP              | TCP     | 8080        | X0
I-09 | HTTP              | TCP     | 9090        | X1
I-10 | SIP               | TCP UDP | 61002       | X0
I-11 | Recording control | TCP     | 61003       | X0
I-12 | HTTP              | TCP     | 61004       | X3
I-13 | RTP, RTCP         | UDP     | 16384-32767 | X0`

const MEDIA_SERVER = `
I-14 | FTP                 | TCP     | 21          | X1
I-15 | Telnet              | TCP     | 23          | X1
I-16 | HTTP                | TCP     | 80          | X1
I-17 | NTP                 | UDP     | 123         | X0
I-18 | SNMP                | UDP     | 161         | X1
I-19 | MPI                 | TCP     | 2010        | X0
I-20 | DCI                 | TCP     | 3333        | X0
I-21 | XML control         | TCP     | 3336        | X0
I-22 | XML cascading       | TCP     | 3337        | X0
I-23 | File server         | TCP     | 3340        | X0
I-24 | SIP                 | TCP UDP | 5060        | X0
I-25 | RTP/RTCP            | UDP     | 16384-16683 | X2
I-26 | RTP/RTCP            | UDP     | 20000-21799 | X2
I-27 | Video Blade control | TCP     | 2944-2945   | X0`

const WEB_SERVER = `
I-28 | HTTP               | TCP | 80   | X2
I-29 | HTTPS              | TCP | 443  | X2
I-30 | RTMP               | TCP | 1627 | X2
I-31 | SQL                | TCP | 1433 | X0
I-32 | Control connection | TCP | 5003 | X5`

const OFFICE_COMMUNICATOR = `
I-33 | SIP/TLS | TCP | 5060-5069 | X0`

const SAMETIME = `
I-34 | TCP/UDP | TCP UDP | 8083 | X0
I-35 | TCP     | TCP     | 8086 | X0`

/** id | service | transports | ports | source | destination. */
const OUTGOING = `
O-01 | HTTP    | TCP     | 80    | Application Server | Microsoft Exchange server
O-02 | HTTPS   | TCP     | 443   | Application Server | Microsoft Exchange server
O-03 | SMTP    | TCP     | 25    | Application Server | SMTP server or Microsoft Exchange server
O-04 | SOCKS   | TCP     | 1080  | Application Server | Cisco WebEx
O-05 | DNS     | TCP UDP | 53    | All                | DNS Server
O-06 | NTP     | UDP     | 123   | Application Server | NTP Server
O-07 | MP_REPL | TCP     | 2008  | Application Server | Failover Application Server
O-08 | GWSIM   | TCP     | 5003  | Application Server | Web Servers
O-09 | GWSIM   | TCP     | 5003  | Web Servers        | Application Server
O-10 | HTTP    | TCP     | 61004 | Web Servers        | Application Server
O-11 | AXL     | TCP     | 8443  | Application Server | Cisco Unified Communications Manager
O-12 | LDAP    | TCP     | 389   | Application Server | Cisco Unified Communications Manager
O-13 | RTP     | UDP     | Any   | Media Server       | Phones
O-14 | RTP     | UDP     | Any   | Media Server       | Phones
O-15 | RTCP    | UDP     | Any   | Media Server       | Phones`

/** id | prefix | first and last address. */
const RANGES = `
W-08 | 64.68.96.0/19    | 64.68.96.0 - 64.68.127.255
W-09 | 66.114.160.0/20  | 66.114.160.0 - 66.114.175.255
W-10 | 66.163.32.0/20   | 66.163.32.0 - 66.163.47.255
W-11 | 209.197.192.0/19 | 209.197.192.0 - 209.197.223.255
W-12 | 208.8.81.0/24    | 208.8.81.0 - 208.8.81.255
W-13 | 210.4.192.0/20   | 210.4.192.0 - 210.4.207.255
W-14 | 62.109.192.0/18  | 62.109.192.0 - 62.109.255.255
W-15 | 173.243.0.0/20   | 173.243.0.0 - 173.243.15.255
W-16 | 114.29.192.0/19  | 114.29.192.0 - 114.29.223.255`

export const FACTS: Facts = {
  incoming: [
    ...incoming('Application Server', APPLICATION_SERVER),
    ...incoming('Media Server', MEDIA_SERVER),
    ...incoming('Web Server', WEB_SERVER),
    ...incoming('Microsoft Office Communicator', OFFICE_COMMUNICATOR),
    ...incoming('IBM Lotus Sametime', SAMETIME),
  ],
  outgoing: cells(OUTGOING).map(
    ([id = '', service = '', transports = '', ports = '', source = '', destination = '']) => {
      return { id, service, transports, ports, source, destination }
    },
  ),
  ranges: cells(RANGES).map(([id = '', cidr = '', range = '']) => ({ id, cidr, range })),
}

function incoming(server: string, table: string): IncomingFact[] {
  return cells(table).map(([id = '', service = '', transports = '', ports = '', exposure = '']) => {
    return { id, server, service, transports, ports, exposure }
  })
}

function cells(table: string): string[][] {
  const lines = table.trim().split('\n')
  return lines.map(line => line.split('|').map(cell => cell.trim()))
}
