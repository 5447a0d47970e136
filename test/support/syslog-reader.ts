// Reads syslog and CEF as receivers do, strictly: whatever does not fit RFC 5424, RFC 6587 or the format of CEF throws.

export interface SyslogMessage {
  readonly facility: number
  readonly severity: number
  readonly time: string
  readonly hostname: string
  readonly app: string
  readonly process: string
  readonly id: string
  /** By SD-ID; empty for the nil value. */
  readonly data: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Without the byte order mark. */
  readonly text: string
  readonly hasMark: boolean
}

const HEAD =
  /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) /

/** Messages of a stream: each has its length in bytes before it. What is left must be nothing. */
export function framesOf(stream: Buffer): readonly Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < stream.length; ) {
    const space = stream.indexOf(0x20, at)
    const digits = stream.subarray(at, space).toString()
    if (space < 0 || !/^[1-9]\d*$/.test(digits)) throw new Error(`no length at byte ${at}`)
    at = space + 1 + Number(digits)
    if (at > stream.length) throw new Error('the last message is cut off')
    frames.push(stream.subarray(space + 1, at))
  }
  return frames
}

export function syslogOf(message: Buffer): SyslogMessage {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(message)
  const match = HEAD.exec(text)
  if (match === null) throw new Error(`no header: ${text.slice(0, 100)}`)
  const [head, priority = '', time = '', hostname = '', app = '', process = '', id = ''] = match
  const { data, end } = dataAt(text, head.length)
  if (end < text.length && text[end] !== ' ') throw new Error('no space before the text')
  const rest = text.slice(end + 1)
  const hasMark = rest.startsWith('\uFEFF')
  return {
    ...{ facility: Number(priority) >> 3, severity: Number(priority) & 7 },
    ...{ time, hostname, app, process, id, data, hasMark },
    text: hasMark ? rest.slice(1) : rest,
  }
}

function dataAt(text: string, from: number) {
  const data = new Map<string, Map<string, string>>()
  if (text[from] === '-') return { data, end: from + 1 }
  let at = from
  while (text[at] === '[') {
    const name = /^\[([!-~]{1,32}?)(?=[ \]])/.exec(text.slice(at))?.[1]
    if (name === undefined) throw new Error('no SD-ID')
    const { params, end } = paramsAt(text, at + 1 + name.length)
    data.set(name, params)
    at = end
  }
  if (at === from) throw new Error('no structured data')
  return { data, end: at }
}

function paramsAt(text: string, from: number) {
  const params = new Map<string, string>()
  let at = from
  while (text[at] !== ']') {
    const name = /^ ([A-Za-z0-9_]{1,32})="/.exec(text.slice(at, at + 40))?.[1]
    if (name === undefined) throw new Error(`no parameter: ${text.slice(at, at + 40)}`)
    if (params.has(name)) throw new Error(`${name} stands there twice`)
    let value = ''
    for (at += name.length + 3; text[at] !== '"'; at++) {
      if (at >= text.length || text[at] === ']') throw new Error(`${name} does not end`)
      if (text[at] === '\\' && /["\\\]]/.test(text[at + 1] ?? '')) at++
      value += text[at]
    }
    params.set(name, value)
    at++
  }
  return { params, end: at + 1 }
}

export interface CefEvent {
  /** Version, vendor, product, version, class, name, severity. */
  readonly header: readonly string[]
  readonly extension: ReadonlyMap<string, string>
}

const HEADER_PARTS = 7

export function cefOf(text: string): CefEvent {
  if (/[\r\n]/.test(text)) throw new Error('more than one line')
  if (!text.startsWith('CEF:')) throw new Error('no CEF')
  const header: string[] = []
  let part = ''
  let at = 'CEF:'.length
  for (; header.length < HEADER_PARTS; at++) {
    if (at >= text.length) throw new Error('the header does not end')
    if (text[at] === '|') {
      header.push(part)
      part = ''
    } else {
      if (text[at] === '\\') at++
      part += text[at]
    }
  }
  return { header, extension: extensionOf(text.slice(at)) }
}

/** A key is a word before an equals sign that nothing escapes. */
function extensionOf(text: string): ReadonlyMap<string, string> {
  const keys = [...text.matchAll(/(?:^| )([A-Za-z0-9]+)=/g)].filter(
    ({ index }) => !isEscaped(text, text.indexOf('=', index)),
  )
  const entries = keys.map(({ 0: key, 1: name = '', index }, number): [string, string] => {
    const end = keys[number + 1]?.index ?? text.length
    return [name, text.slice(index + key.length, end).replace(/\\([\\=])/g, '$1')]
  })
  if (new Map(entries).size !== entries.length) throw new Error('a key stands there twice')
  return new Map(entries)
}

function isEscaped(text: string, at: number): boolean {
  let count = 0
  while (text[at - 1 - count] === '\\') count++
  return count % 2 === 1
}
