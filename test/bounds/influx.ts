// Bounds of what is written to an InfluxDB.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { Admission } from '../../src/influx/admission.ts'
import { cleanPoint } from '../../src/influx/line-protocol.ts'
import { openWriter } from '../../src/influx/open-writer.ts'
import type { InfluxPoint } from '../../src/influx/writer.ts'
import { demoGrounds } from '../influx/grounds.ts'
import { beginStub } from '../influx/stub.ts'
import { configOf, pointsOf, writerFor } from '../influx/writers.ts'
import { type BoundCase, numbersTo } from './case.ts'

const violation = (reason: string): InfluxPoint => ({
  measurement: 'mp_violation',
  tags: {
    ...{ site: 'harbourside', sensor: 'core-span', row: 'I-01', verdict: 'escaped', reason },
    ...{ severity: 'high', confidence: 'confirmed', phase: 'open' },
  },
  ...{ fields: { count: 1 }, timeNs: 1n },
})

export const INFLUX_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'series of findings in an InfluxDB': (max = 0) => {
    const admission = new Admission(demoGrounds())
    const reasons = numbersTo(max + 9).map(number => `reason_${number}`)
    const written = reasons.map(reason => admission.admit(violation(reason)).tags)
    expect(new Set(written.map(tags => tags['reason'])).size).toBe(max + 1)
    expect(written.at(-1)).toMatchObject({ row: 'other', severity: 'high', phase: 'open' })
    expect(admission.collapsed).toBe(9)
  },

  'characters of a tag, of a text, of a sentence of a point': (tag = 0, text = 0, sentence = 0) => {
    const long = 'x'.repeat(5_000)
    const clean = cleanPoint({
      ...{ measurement: 'mp_violation', tags: { row: long }, timeNs: 1n },
      fields: { src_ip: long, message: long },
    })
    expect(clean?.tags[0]?.[1]).toHaveLength(tag)
    expect(clean?.fields.map(({ value }) => value)).toEqual([
      ...['x'.repeat(text), 'x'.repeat(sentence)],
    ])
  },

  'answer of an InfluxDB: characters told, bytes read, time': async (
    characters = 0,
    bytes = 0,
    seconds = 0,
  ) => {
    let sent = 0
    const endless = await beginStub(socket => {
      socket.write('HTTP/1.1 500 Internal\r\nTransfer-Encoding: chunked\r\n\r\n')
      const timer = setInterval(() => {
        sent += 1_024
        socket.write(`400\r\n${'y'.repeat(1_024)}\r\n`)
      }, 1)
      socket.on('close', () => clearInterval(timer))
    })
    const answer = await writerFor({ url: endless.url }).write(pointsOf(1))
    expect(answer.text).toHaveLength(characters)
    expect(sent).toBeGreaterThanOrEqual(bytes)
    const silent = await beginStub(() => {})
    const writer = openWriter(configOf({ url: silent.url }), async () => null)
    expect((await writer.write(pointsOf(1))).text).toBe(`No answer within ${seconds} s.`)
    await writer.close()
  },

  'file of certificates': (max = 0) => {
    const folder = mkdtempSync(join(tmpdir(), 'mpwatch-ca-'))
    const caFile = join(folder, 'ca.pem')
    try {
      const opened = (bytes: number) => {
        writeFileSync(caFile, '#'.repeat(bytes))
        const config = configOf({ url: 'https://127.0.0.1:1', caFile })
        void openWriter(config, async () => null).close()
      }
      expect(() => opened(max)).not.toThrow()
      expect(() => opened(max + 1)).toThrow('larger than 1 MiB')
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}
