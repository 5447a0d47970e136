// Bounds of what routes of alerts send: messages, bodies, answers, and how long one is waited for.

import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { cefMessage } from '../../src/alerts/cef.ts'
import { messagesOf } from '../../src/alerts/messages.ts'
import { openTransport } from '../../src/alerts/open-transport.ts'
import { syslogMessage } from '../../src/alerts/syslog.ts'
import { webhookBody } from '../../src/alerts/webhook-body.ts'
import { linesOf } from '../../src/alerts/words.ts'
import type { RouteTarget } from '../../src/model/watch-config.ts'
import { findingsNotice, grounds, patient, told } from '../support/notices.ts'
import { syslogOf } from '../support/syslog-reader.ts'
import { type BoundCase, numbersTo } from './case.ts'

export const ROUTE_BOUNDS: Readonly<Record<string, BoundCase>> = {
  'message of syslog, value in it': (message = 0, value = 0) => {
    const long = 'x'.repeat(2 * message)
    const [one] = messagesOf(findingsNotice([told({ title: long, fix: long, source: long })]))
    if (one === undefined) throw new Error('a notice has a message')
    const whole = syslogMessage(one, 0, grounds())
    expect(whole.length).toBe(message)
    const source = syslogOf(whole).data.get('mpwatch@32473')?.get('source') ?? ''
    expect(Buffer.byteLength(source)).toBe(value)
    expect(cefMessage(one, 0, grounds()).length).toBeLessThanOrEqual(message)
  },

  'findings of a notice in full, in words': (full = 0, shown = 0) => {
    const notice = findingsNotice(numbersTo(full + 1).map(() => told()))
    const { findings, further } = JSON.parse(webhookBody(notice, ''))
    expect([findings.length, further.length]).toEqual([full, 1])
    const text = linesOf(notice).join('\n')
    expect(text.split('To fix').length - 1).toBe(shown)
    expect(text).toContain(`And ${full + 1 - shown} findings more`)
  },

  'text of a finding by webhook': (characters = 0) => {
    const notice = findingsNotice([told({ title: 'x'.repeat(characters + 1) })])
    const [{ title }] = JSON.parse(webhookBody(notice, '')).findings
    expect(title).toBe(`${'x'.repeat(characters)}…`)
  },

  'answer of a webhook that is read, that is shown': async (read = 0, shown = 0) => {
    // As much as is read, and no end: whoever waited for more would say that there was no answer in time.
    const head = `HTTP/1.1 500 No\r\nContent-Length: ${read + 1}\r\n\r\n`
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.once('data', () => socket.write(`${head}${'x'.repeat(read)}`))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = address === null || typeof address === 'string' ? 0 : address.port
    try {
      const error = await opened({ ...HOOK, url: `http://127.0.0.1:${port}` }).then(
        () => expect.fail('it was delivered'),
        fault => fault,
      )
      const [answer = ''] = /x+…$/.exec(error.message) ?? []
      expect(Buffer.byteLength(answer)).toBe(shown)
    } finally {
      server.close()
    }
  },

  'end of an EVE file that is searched': async (bytes = 0) => {
    const folder = mkdtempSync(join(tmpdir(), 'mpwatch-bounds-'))
    const path = join(folder, 'eve.json')
    const eve: RouteTarget = { kind: 'eve', path, bytesMax: 100 * bytes, files: 1 }
    const count = () => readFileSync(path, 'utf8').split('"mp":').length - 1
    try {
      await opened(eve)
      appendFileSync(path, `${'x'.repeat(bytes / 2)}\n`)
      await opened(eve)
      expect(count()).toBe(1)
      appendFileSync(path, `${'x'.repeat(bytes)}\n`)
      await opened(eve)
      expect(count()).toBe(2)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

const HOOK = { kind: 'webhook', secret: null, allowPrivate: true, caFile: null } as const

/** Delivers the sample notice. */
const opened = (target: RouteTarget): Promise<string> =>
  openTransport(target, grounds()).deliver(findingsNotice(), patient())
