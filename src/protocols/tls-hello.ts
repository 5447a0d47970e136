// What the two hellos of TLS say: RFC 8446, 4.1.2 and 4.1.3, with the server's name (RFC 6066, 3), the
// protocol inside (RFC 7301, 3.1) and the versions (RFC 8446, 4.2.1). A hello that was cut says what it can.

import type { AppFacts } from '../model/app.ts'
import { nameOf, textOf, u16 } from './bytes.ts'

/** Version and random. */
const FIXED_BYTES = 34
const [SERVER_NAME, PROTOCOLS, VERSIONS] = [0, 16, 43]
const EXTENSIONS_MAX = 256
const NAME_BYTES_MAX = 253
const [TLS_1_3, DRAFT] = [0x0304, 0x7f]
const NOTHING = new Uint8Array(0)
/** Names of hosts as they are used: underscores do occur. */
const HOST = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/

const VERSION_TEXTS: ReadonlyMap<number, string> = new Map([
  [0x0002, 'SSL 2.0'],
  [0x0300, 'SSL 3.0'],
  [0x0301, 'TLS 1.0'],
  [0x0302, 'TLS 1.1'],
  [0x0303, 'TLS 1.2'],
  [TLS_1_3, 'TLS 1.3'],
])

export const versionText = (version: number): string | null =>
  VERSION_TEXTS.get(version >> 8 === DRAFT ? TLS_1_3 : version) ?? null

/** `hello` begins behind the message's header and ends with it, or where it was cut. */
export function clientHelloFacts(hello: Uint8Array): Partial<AppFacts> {
  const suites = past(hello, FIXED_BYTES, 1)
  const compression = past(hello, suites, 2)
  const extensions = past(hello, compression, 1) + 2
  return {
    version: versionText(versionOffered(hello, extension(hello, extensions, VERSIONS))),
    sni: serverName(extension(hello, extensions, SERVER_NAME)),
    alpn: firstProtocol(extension(hello, extensions, PROTOCOLS)),
  }
}

export function serverHelloFacts(hello: Uint8Array): Partial<AppFacts> {
  // Drafts of TLS 1.3 had no session; they are over with their version.
  const extensions = past(hello, FIXED_BYTES, 1) + 3 + 2
  const chosen = extension(hello, extensions, VERSIONS)
  const version = versionText(chosen.length === 2 ? u16(chosen, 0) : legacyVersion(hello))
  // TLS 1.3 tells what it chose behind its encryption; what the client offered may stand.
  if (version === 'TLS 1.3') return { version }
  return { version, alpn: firstProtocol(extension(hello, extensions, PROTOCOLS)) }
}

const legacyVersion = (hello: Uint8Array): number => (hello.length >= 2 ? u16(hello, 0) : 0)

/** The greatest one offered. Unknown ones are there so that servers learn to bear them (RFC 8701). */
function versionOffered(hello: Uint8Array, offered: Uint8Array): number {
  let best = 0
  for (let at = 1; at + 2 <= offered.length; at += 2) {
    const version = offered[at] === DRAFT ? TLS_1_3 : u16(offered, at)
    if (version > best && VERSION_TEXTS.has(version)) best = version
  }
  return best > 0 ? best : legacyVersion(hello)
}

/** Past a vector whose length stands in `width` bytes at `at`. */
function past(hello: Uint8Array, at: number, width: 1 | 2): number {
  if (at + width > hello.length) return hello.length
  return at + width + (width === 1 ? (hello[at] as number) : u16(hello, at))
}

/** The content of the extension of this type that is there in full; empty where there is none. */
function extension(hello: Uint8Array, listAt: number, type: number): Uint8Array {
  let at = listAt
  for (let count = 0; count < EXTENSIONS_MAX && at + 4 <= hello.length; count++) {
    const end = at + 4 + u16(hello, at + 2)
    if (u16(hello, at) === type) return end <= hello.length ? hello.subarray(at + 4, end) : NOTHING
    at = end
  }
  return NOTHING
}

/** Length of the list, kind 0, length of the name, the name. */
function serverName(content: Uint8Array): string | null {
  if (content.length < 6 || content[2] !== 0) return null
  const end = 5 + u16(content, 3)
  if (end > content.length || end - 5 > NAME_BYTES_MAX) return null
  const name = nameOf(content, 5, end)
  return HOST.test(name) ? name : null
}

function firstProtocol(content: Uint8Array): string | null {
  if (content.length < 4) return null
  const end = 3 + (content[2] as number)
  return end > 3 && end <= content.length ? textOf(content, 3, end) : null
}
