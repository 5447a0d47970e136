// Reading of bytes that recognisers share. Offsets are absolute in `bytes`; nothing is read at or past `end`.

/** Most characters of a text from the wire that are kept. */
const TEXT_CHARACTERS_MAX = 256

export const u16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 8) | (bytes[at + 1] as number)

/** Unsigned. */
export const u32 = (bytes: Uint8Array, at: number): number =>
  ((u16(bytes, at) << 16) | u16(bytes, at + 2)) >>> 0

/** Whether the ASCII text stands at `at`. */
export function hasText(bytes: Uint8Array, at: number, end: number, text: string): boolean {
  if (at + text.length > end) return false
  for (let index = 0; index < text.length; index++)
    if (bytes[at + index] !== text.charCodeAt(index)) return false
  return true
}

/** Whether what is there may yet become the text: it agrees with it as far as it goes. */
export function mayBecome(bytes: Uint8Array, at: number, end: number, text: string): boolean {
  return hasText(bytes, at, Math.min(end, at + text.length), text.slice(0, Math.max(0, end - at)))
}

/** Where the byte is first met in [at, end), or -1. */
export function indexOf(bytes: Uint8Array, at: number, end: number, byte: number): number {
  for (let index = at; index < end; index++) if (bytes[index] === byte) return index
  return -1
}

/** Where a text is put together before it becomes one: a string that grows by characters is a tree of them. */
const TEXT = Buffer.alloc(TEXT_CHARACTERS_MAX + 3)
const DIGITS = '0123456789abcdef'
const [BACKSLASH, X] = [0x5c, 0x78]

/** Bytes of the wire as text that is safe to keep: printable ASCII as it is, all else as `\\xNN`, shortened. */
export function textOf(bytes: Uint8Array, at: number, end: number): string {
  let count = 0
  for (let index = at; index < end && count < TEXT_CHARACTERS_MAX; index++) {
    const byte = bytes[index] as number
    if (byte >= 0x20 && byte < 0x7f && byte !== BACKSLASH) TEXT[count++] = byte
    else {
      TEXT[count++] = BACKSLASH
      TEXT[count++] = X
      TEXT[count++] = DIGITS.charCodeAt(byte >> 4)
      TEXT[count++] = DIGITS.charCodeAt(byte & 0xf)
    }
  }
  return TEXT.toString('latin1', 0, Math.min(count, TEXT_CHARACTERS_MAX))
}

/** No longer than is kept of a text. */
export const shortened = (text: string): string => text.slice(0, TEXT_CHARACTERS_MAX)

/** A host name of the wire, lower case, without the root's dot. */
export function nameOf(bytes: Uint8Array, at: number, end: number): string {
  const text = textOf(bytes, at, end).toLowerCase()
  return text.endsWith('.') ? text.slice(0, -1) : text
}

/** The lengths of these texts as a mask: most header names can be told from the wanted ones by length. */
export const lengthsOf = (texts: Iterable<string>): number =>
  [...texts].reduce((mask, { length }) => mask | (1 << length), 0)

export const hasLength = (lengths: number, length: number): boolean =>
  length < 32 && ((lengths >>> length) & 1) !== 0
