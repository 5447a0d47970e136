// All recognisers, in the order in which they are asked; where two are sure, the first wins.

import { dns, dnsDatagram } from './dns.ts'
import { ftp } from './ftp.ts'
import { h248, h248Datagram } from './h248.ts'
import { http } from './http.ts'
import { ldap, ldapDatagram } from './ldap.ts'
import { ntp } from './ntp.ts'
import type { DatagramRecogniser, StreamRecogniser } from './recogniser.ts'
import { rmi } from './rmi.ts'
import { rtcp } from './rtcp.ts'
import { rtmp } from './rtmp.ts'
import { rtp } from './rtp.ts'
import { sip, sipDatagram } from './sip.ts'
import { smb } from './smb.ts'
import { smtp } from './smtp.ts'
import { snmp } from './snmp.ts'
import { socks } from './socks.ts'
import { ssh } from './ssh.ts'
import { tds } from './tds.ts'
import { telnet } from './telnet.ts'
import { tls } from './tls.ts'
import { xml } from './xml.ts'

/** At most 31, since a conversation keeps what it knows of them in masks. */
export const STREAMS: readonly StreamRecogniser[] = [
  ...[http, tls, ssh, sip, smtp, ftp, ldap, tds, smb, rtmp, rmi, dns, socks, h248, telnet, xml],
].map(inFull)

/** One message of many protocols resembles RTP, so that comes last. */
export const DATAGRAMS: readonly DatagramRecogniser[] = [
  ...[dnsDatagram, ntp, snmp, sipDatagram, rtcp, h248Datagram, ldapDatagram, rtp],
].map(datagramInFull)

// With all of their parts named, recognisers are objects of one shape, in which the engine finds a part at once.

function inFull({ client, server, ...rest }: StreamRecogniser): StreamRecogniser {
  const { name, isSymmetric, needsBeginning, later, follow } = rest
  return {
    ...{ name, client: { look: client.look, read: client.read } },
    server: { look: server.look, read: server.read },
    ...{ isSymmetric, needsBeginning, later, follow },
  }
}

function datagramInFull(recogniser: DatagramRecogniser): DatagramRecogniser {
  const { name, sender, id, needed, isSequel, sequence, later, read, tell } = recogniser
  return { name, sender, id, needed, isSequel, sequence, later, read, tell }
}
