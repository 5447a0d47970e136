// A folder stands for the captures in it, told by their content; what is none is passed over and told.

import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { openSource } from '../../src/capture/source.ts'
import { readAll, temporaryFolder } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'
import { tinyBlocks } from './tiny-pcapng.ts'

const at = (seconds: number) => tinyPcap([{ seconds, data: 'aa' }])

test('captures of every format are found in a folder and below it, whatever they are called', async () => {
  const folder = temporaryFolder()
  const blocks = tinyBlocks()
  mkdirSync(join(folder, 'day', 'night'), { recursive: true })
  writeFileSync(join(folder, 'z.txt'), at(1))
  writeFileSync(join(folder, 'day', 'noon'), gzipSync(at(2)))
  writeFileSync(
    join(folder, 'day', 'night', 'late.log'),
    Buffer.concat([blocks.section(), blocks.described(), blocks.enhanced({ time: 3_000_000n })]),
  )
  const { captures, packets, notes } = await readAll([folder])
  expect(captures.map(({ name }) => name.slice(folder.length + 1))).toEqual([
    'z.txt',
    'day/noon',
    'day/night/late.log',
  ])
  expect(packets.map(({ timeNs }) => timeNs / 1e9)).toEqual([0, 1, 2])
  expect(notes).toEqual([])
})

test('files that are no captures, and second names of one that is, are passed over and told', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'a.pcap'), at(1))
  writeFileSync(join(folder, 'empty.pcap'), '')
  writeFileSync(join(folder, 'notes.txt'), 'what I saw')
  linkSync(join(folder, 'a.pcap'), join(folder, 'b.pcap'))
  symlinkSync(folder, join(folder, 'loop'))
  symlinkSync('nowhere', join(folder, 'dangling'))
  const { packets, notes } = await readAll([folder])
  expect(packets).toHaveLength(1)
  expect(notes.map(note => note.replaceAll(`${folder}/`, ''))).toEqual([
    'passed over: b.pcap is the same file as a.pcap.',
    'passed over: dangling: there is no such file. Check the name and the folder.',
    'passed over: empty.pcap: is empty. A capture has a file header even without packets.',
    'passed over: loop: is a directory within a directory.',
    'passed over: notes.txt: is text. Captures that are read are pcap and pcapng, plain or packed with gzip. Record one with: tcpdump -w <file>.',
  ])
})

test('a capture that is named and lies in a folder that is named too is refused as given twice', () => {
  const folder = temporaryFolder()
  const path = join(folder, 'a.pcap')
  writeFileSync(path, at(1))
  expect(() => openSource([folder, path])).toThrow(`${basename(path)} is the same file as`)
})
