// One service as people write it: tcp/5003, udp/53, icmp/echo.

import { readPortMatch } from '../../config/readers.ts'
import { quoted, type Reading } from '../../config/reading.ts'
import type { AskedService } from './imagined.ts'

const ECHO_TYPE = 8

/** A transport with one port. ICMP can only be `icmp/echo` or, by its type, `icmp/8`. */
export function readService(text: string): Reading<AskedService> {
  if (!text.includes('/')) return { wrong: `${quoted(text)} is no service: write ${like(text)}` }
  const read = readPortMatch(text === `icmp/${ECHO_TYPE}` ? 'icmp/echo' : text)
  if ('wrong' in read) return read
  const { transport, ports } = read.value
  if (ports.first === ports.last) return { value: { transport, port: ports.first } }
  return { wrong: `${quoted(text)} is more than one port: name one, such as ${transport}/5060` }
}

export const serviceText = ({ transport, port }: AskedService): string =>
  transport === 'icmp' ? 'icmp/echo' : `${transport}/${port}`

const like = (text: string): string =>
  /^\d{1,5}$/.test(text) ? `tcp/${text} or udp/${text}` : 'tcp/5003, udp/53 or icmp/echo'
