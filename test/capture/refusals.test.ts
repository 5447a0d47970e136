// faults.md F24 and F27: what is no capture is refused in one line that says what it is and what would
// be right, at once and without waiting for anybody.

import { execFileSync } from 'node:child_process'
import { chmodSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openSource } from '../../src/capture/source.ts'
import { InputError } from '../../src/model/errors.ts'
import { inBlocks, readAll, temporaryFolder, writeFiles } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'
import { tinyBlocks } from './tiny-pcapng.ts'

/** The message of the InputError with which opening the path ends, its folder left out. */
function refusal(path: string): string {
  try {
    openSource([path])
  } catch (error) {
    if (error instanceof InputError) return error.message.replaceAll(/\S*\/capture-\w+\/?/g, '')
    throw error
  }
  return 'opened'
}

/** The superuser may read everything, so where the test runs as that user it steps down meanwhile. */
function withoutPrivilege<Result>(action: () => Result): Result {
  if (process.geteuid?.() !== 0) return action()
  process.seteuid?.(65_534)
  try {
    return action()
  } finally {
    process.seteuid?.(0)
  }
}

const hex = (text: string) => Buffer.from(text, 'hex')
const CONVERT = 'Convert it: editcap -F pcap <file> <new file>.'
const RECORD = 'Record one with: tcpdump -w <file>.'
const unpack = (tool: string) => `Unpack it into standard input: ${tool} <file> | mpwatch ... -`

describe('a file of another kind is called by its name', () => {
  const only = 'Captures that are read are pcap and pcapng, plain or packed with gzip.'
  const packed = 'is packed with gzip; its content'
  const files: Record<string, [bytes: Uint8Array, words: string]> = {
    'pcapng without a byte order': [
      hex('0a0d0d0a1c000000000000000000000000000000'),
      `begins like pcapng, but tells no byte order. ${only} ${RECORD}`,
    ],
    'pcap of the Navtel kind': [
      hex('4d3c2ba102000400'),
      `is a pcap of the Navtel kind. ${only} ${CONVERT}`,
    ],
    "Mesquita's pcap": [
      hex('a1b234cd00020004'),
      `is a pcap of a kind that nobody documented. ${only} ${CONVERT}`,
    ],
    snoop: [Buffer.from('snoop\0\0\0'), `is a snoop capture. ${only} ${CONVERT}`],
    netmon: [Buffer.from('GMBU\0\x02'), `is a Network Monitor capture. ${only} ${CONVERT}`],
    'text in gzip': [gzipSync('site:\n  name: Zürich\n'), `${packed} is text. ${only} ${RECORD}`],
    'gzip in gzip': [
      gzipSync(gzipSync(tinyPcap([{}]))),
      `${packed} is packed with gzip once more. ${only} ${unpack('gzip -dc')}`,
    ],
    'gzip that is none': [
      hex('1f8bffffffffffffffffffffffffffff'),
      `${packed} cannot be unpacked. ${only} ${RECORD}`,
    ],
    zstd: [hex('28b52ffd04004100'), `is packed with zstd. ${only} ${unpack('zstd -dc')}`],
    xz: [hex('fd377a585a000004'), `is packed with xz. ${only} ${unpack('xz -dc')}`],
    bzip2: [Buffer.from('BZh91AY'), `is packed with bzip2. ${only} ${unpack('bzip2 -dc')}`],
    lz4: [hex('04224d1864407400'), `is packed with lz4. ${only} ${unpack('lz4 -dc')}`],
    zip: [hex('504b030414000000'), `is a zip archive. ${only} ${unpack('unzip -p')}`],
    text: [Buffer.from('site:\r\n\tname: Zürich\n'), `is text. ${only} ${RECORD}`],
    'three bytes': [
      hex('d4c3b2'),
      `begins with the bytes d4c3b2, which no known capture does. ${only} ${RECORD}`,
    ],
    garbage: [
      hex('000102030405'),
      `begins with the bytes 00010203, which no known capture does. ${only} ${RECORD}`,
    ],
  }
  for (const [name, [bytes, words]] of Object.entries(files))
    test(name, () => {
      const [path = ''] = writeFiles({ 'a.pcap': bytes })
      expect(refusal(path)).toBe(`a.pcap: ${words}`)
    })

  test('a file without bytes', () => {
    const [path = ''] = writeFiles({ 'a.pcap': hex('') })
    expect(refusal(path)).toBe(
      'a.pcap: is empty. A capture has a file header even without packets.',
    )
  })

  test('a version of pcap that is not read', () => {
    const [path = ''] = writeFiles({ 'a.pcap': tinyPcap([], { version: [9, 4] }) })
    expect(refusal(path)).toBe('a.pcap: this is pcap version 9.4, and only 2.0 to 2.4 are read.')
  })

  test('a version of pcapng that is not read', () => {
    for (const version of [
      [0, 1],
      [1, 1],
      [2, 0],
    ] as const) {
      const [path = ''] = writeFiles({ 'a.pcapng': tinyBlocks().section({ version }) })
      const name = `pcapng version ${version.join('.')}`
      expect(refusal(path)).toBe(`a.pcapng: this is ${name}, and only 1.0 and 1.2 are read.`)
    }
  })
})

describe('what is no regular file is refused without being read', () => {
  test('a file that is missing', () => {
    const folder = temporaryFolder()
    expect(refusal(join(folder, 'a.pcap'))).toBe(
      'a.pcap: there is no such file. Check the name and the folder.',
    )
  })

  test('a folder without a capture, with what is in it', () => {
    const [path = ''] = writeFiles({ 'notes.txt': Buffer.from('hello') })
    const folder = dirname(path)
    expect(() => openSource([folder])).toThrow(
      new InputError(
        `${path}: is text. Captures that are read are pcap and pcapng, plain or packed with gzip. ${RECORD}\n${folder}: holds no capture.`,
      ),
    )
  })

  test('a named pipe that nobody writes to', () => {
    const pipe = join(temporaryFolder(), 'pipe')
    execFileSync('mkfifo', [pipe])
    expect(refusal(pipe)).toBe(
      'pipe: is a pipe. To read it, use standard input: mpwatch ... - < pipe',
    )
  })

  test('a device', () => {
    expect(refusal('/dev/zero')).toBe(
      '/dev/zero: is a device or a socket, and a capture is a regular file.',
    )
  })

  test('symbolic links that lead in a circle', () => {
    const folder = temporaryFolder()
    symlinkSync(join(folder, 'b'), join(folder, 'a'))
    symlinkSync(join(folder, 'a'), join(folder, 'b'))
    expect(refusal(join(folder, 'a'))).toBe(
      'a: its symbolic links lead in a circle. Name the file itself.',
    )
  })

  test('a file that may not be read', () => {
    const [path = ''] = writeFiles({ 'a.pcap': tinyPcap([]) })
    chmodSync(path, 0o000)
    expect(withoutPrivilege(() => refusal(path))).toBe(
      'a.pcap: permission denied. Give the user who runs this read permission.',
    )
  })
})

describe('standard input is refused', () => {
  test('when it is a terminal, before anything is awaited from it', () => {
    const stdin = Object.assign(inBlocks(tinyPcap([]), 10), { isTTY: true })
    expect(() => openSource(['-'], { stdin })).toThrow('-: standard input is a terminal.')
  })

  test('when it is empty', async () => {
    await expect(readAll(['-'], { stdin: inBlocks(hex(''), 1) })).rejects.toThrow('-: is empty.')
  })

  test('when it is no capture, after a few bytes of an endless stream', async () => {
    async function* zeros() {
      for (;;) yield hex('00')
    }
    await expect(readAll(['-'], { stdin: zeros() })).rejects.toThrow(
      '-: begins with the bytes 00000000, which no known capture does',
    )
  })

  test('when it cannot be read', async () => {
    async function* broken() {
      yield hex('d4')
      throw Object.assign(new Error('is a directory'), { code: 'EISDIR' })
    }
    const reading = readAll(['-'], { stdin: broken() })
    await expect(reading).rejects.toThrow(new InputError('-: reading on failed (EISDIR).'))
  })
})

test('one bad file among good ones is refused before any packet is read', () => {
  const [good = '', bad = ''] = writeFiles({ 'good.pcap': tinyPcap([{}]), 'bad.pcap': hex('00') })
  expect(() => openSource([good, bad])).toThrow(InputError)
})
