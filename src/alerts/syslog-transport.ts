// A syslog route: each message of a notice in one of two formats, on one of three lines. All messages of a notice go, or
// it has failed and all go again; their ids and parts tell receivers which they have.

import { hostAndPort } from '../model/address.ts'
import type { Notice } from '../model/alert.ts'
import type { RouteTarget } from '../model/watch-config.ts'
import { cefMessage } from './cef.ts'
import { Datagrams } from './datagrams.ts'
import type { Grounds } from './grounds.ts'
import type { Line } from './line.ts'
import { messagesOf } from './messages.ts'
import { Stream } from './stream.ts'
import { syslogMessage } from './syslog.ts'
import type { Transport } from './transport.ts'

type SyslogTarget = Extract<RouteTarget, { kind: 'syslog' | 'cef' }>

export function syslogTransport(target: SyslogTarget, grounds: Grounds): Transport {
  const { kind, transport, host, port, facility } = target
  const format = kind === 'cef' ? cefMessage : syslogMessage
  const line: Line =
    transport === 'udp' ? new Datagrams(host, port) : new Stream({ ...target, transport })
  return {
    where: `${kind}+${transport}://${hostAndPort(host, port)}`,
    async deliver(notice: Notice, signal: AbortSignal) {
      await line.send(
        messagesOf(notice).map(message => format(message, facility, grounds)),
        signal,
      )
      return line.said
    },
    check: signal => line.check(signal),
    async reopen() {},
    async close() {
      line.close()
    },
  }
}
