// Goal: a webhook brings each notice as JSON that fits its schema, signed, to the one address that it may, and is believed
// only by 2xx.
// Method: a real web server on loopback that takes, refuses, redirects, hangs, cuts off, dawdles, ends and comes back.

import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openTransport } from '../../src/alerts/open-transport.ts'
import type { DeliveryError } from '../../src/alerts/transport.ts'
import { webhookBody } from '../../src/alerts/webhook-body.ts'
import type { RouteTarget } from '../../src/model/watch-config.ts'
import { hasOpenssl, selfSigned } from '../support/certificates.ts'
import { HOSTILE } from '../support/hostile.ts'
import {
  findingsNotice,
  grounds,
  NOTICES,
  PASSWORD,
  patient,
  TOLD_MS,
  told,
} from '../support/notices.ts'
import { complaints } from '../support/schemas.ts'
import { status, WebReceiver } from '../support/web-receiver.ts'

type WebhookTarget = Extract<RouteTarget, { kind: 'webhook' }>

const opened = (url: string, changes: Partial<WebhookTarget> = {}) =>
  openTransport(
    {
      ...{ kind: 'webhook', url, allowPrivate: true, caFile: null },
      secret: { from: 'environment', name: 'HOOK_KEY' },
      ...changes,
    },
    grounds(),
  )

const fault = (work: Promise<unknown>): Promise<DeliveryError> =>
  work.then(
    () => expect.fail('it was delivered'),
    error => error,
  )

describe('what is sent', () => {
  for (const [number, notice] of NOTICES.entries())
    test(`fits the schema: ${number + 1}, ${notice.kind}`, () => {
      expect(complaints('notice', JSON.parse(webhookBody(notice, '0.1.0')))).toEqual([])
    })

  test('the worst in full, the rest in short', () => {
    const body = webhookBody(findingsNotice(Array.from({ length: 1000 }, () => told())), '0.1.0')
    const { findings, further, ...rest } = JSON.parse(body)
    expect(complaints('notice', { ...rest, findings, further })).toEqual([])
    expect([findings.length, further.length]).toEqual([50, 950])
    expect(Buffer.byteLength(body)).toBeLessThan(1_048_576)
  })

  for (const [number, text] of HOSTILE.entries())
    test(`hostile text comes back as it was: number ${number + 1}`, () => {
      const finding = { title: text, source: text, fix: text, why: [text] }
      const body = webhookBody({ ...findingsNotice([told(finding)]), site: text }, '0.1.0')
      expect(body).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      const value = JSON.parse(body)
      expect(complaints('notice', value)).toEqual([])
      const [{ title, source, fix, why }] = value.findings
      const expected = text.length > 2000 ? `${text.slice(0, 2000)}…` : text
      expect([title, source, fix, ...why]).toEqual(new Array(4).fill(expected))
    })
})

describe('a receiver', () => {
  test('that takes it can tell who sent what, and when', async () => {
    const receiver = await WebReceiver.begin()
    receiver.answer = status(202, 'thanks\u001b[2J')
    const transport = opened(`${receiver.url}/hook/s3cret?x=1`)
    expect(transport.where).toBe(receiver.url)
    expect(await transport.deliver(findingsNotice(), patient())).toBe(
      'answered 202: thanks\\x1b[2J',
    )
    const [posted] = receiver.posted
    if (posted === undefined) throw new Error('something was posted')
    expect([posted.method, posted.path]).toEqual(['POST', '/hook/s3cret?x=1'])
    expect(posted.headers).toMatchObject({
      'content-type': 'application/json',
      'x-mpwatch-id': 'n-0123456789abcdef',
      'x-mpwatch-seq': '7',
      'user-agent': 'mpwatch/0.1.0',
    })
    const timeS = Math.floor(TOLD_MS / 1000)
    const code = createHmac('sha256', PASSWORD).update(`${timeS}.${posted.body}`).digest('hex')
    expect(posted.headers['x-mpwatch-signature']).toBe(`t=${timeS},v1=${code}`)
    expect(JSON.parse(posted.body).findings).toHaveLength(1)
  })

  test('without a key gets no signature', async () => {
    const receiver = await WebReceiver.begin()
    await opened(receiver.url, { secret: null }).deliver(findingsNotice(), patient())
    expect(receiver.posted[0]?.headers).not.toHaveProperty('x-mpwatch-signature')
  })

  test('that is not there, and later is', async () => {
    const receiver = await WebReceiver.begin()
    const transport = opened(receiver.url)
    await receiver.stop()
    const { message } = await fault(transport.deliver(findingsNotice(), patient()))
    expect(message).toBe(
      `${receiver.url} takes no notice: nobody listens there; is the receiver running, and the port right?`,
    )
    await receiver.start()
    expect(await transport.deliver(findingsNotice(), patient())).toBe('answered 204')
  })

  for (const [code, header, waitMs] of [
    [500, null, null],
    [503, '7', 7000],
    [429, new Date(TOLD_MS + 9750).toUTCString(), 9750],
    [503, 'soon', null],
    [503, '999999', 999_999_000],
    [404, null, null],
  ] as const)
    test(`that answers ${code}${header === null ? '' : `, Retry-After: ${header}`}`, async () => {
      const receiver = await WebReceiver.begin()
      receiver.answer = status(code, 'no', header === null ? {} : { 'Retry-After': header })
      const { message, retryAfterMs } = await fault(
        opened(receiver.url).deliver(findingsNotice(), patient()),
      )
      expect(message).toBe(`${receiver.url} answers ${code}: no`)
      expect(retryAfterMs).toBe(waitMs)
    })

  test('that repeats the key in its answer is not repeated', async () => {
    const receiver = await WebReceiver.begin()
    receiver.answer = status(401, `wrong: ${PASSWORD}`)
    const { message } = await fault(opened(receiver.url).deliver(findingsNotice(), patient()))
    expect(message).toBe(`${receiver.url} answers 401: wrong: (secret)`)
  })

  for (const code of [301, 302, 303, 307, 308])
    test(`that redirects with ${code} is not followed`, async () => {
      const [receiver, other] = [await WebReceiver.begin(), await WebReceiver.begin()]
      receiver.answer = status(code, '', { Location: `${other.url}/elsewhere?key=1` })
      const { message } = await fault(opened(receiver.url).deliver(findingsNotice(), patient()))
      expect(message).toBe(
        `${receiver.url} answers ${code} and sends to ${other.url}; no redirect is followed: configure the final URL`,
      )
      expect(other.posted).toEqual([])
    })

  test('that hangs is given up when the signal says so', async () => {
    const receiver = await WebReceiver.begin()
    receiver.answer = () => {}
    const { message } = await fault(
      opened(receiver.url).deliver(findingsNotice(), AbortSignal.timeout(200)),
    )
    expect(message).toContain('no answer in time')
  })

  test('that hangs is given up after five seconds by itself', async () => {
    const receiver = await WebReceiver.begin()
    receiver.answer = () => {}
    const { message } = await fault(opened(receiver.url).deliver(findingsNotice(), patient()))
    expect(message).toContain('no answer in time')
  })

  test('that closes within its status has not got it', async () => {
    const receiver = await WebReceiver.begin()
    receiver.answer = response => response.socket?.end('HTTP/1.1 20')
    expect(
      (await fault(opened(receiver.url).deliver(findingsNotice(), patient()))).message,
    ).toMatch(/takes no notice: /)
  })

  test('that closes after its status has got it', async () => {
    const receiver = await WebReceiver.begin()
    receiver.answer = response => {
      response.writeHead(200, { 'Content-Length': '1000' }).write('half')
      response.socket?.end()
    }
    expect(await opened(receiver.url).deliver(findingsNotice(), patient())).toMatch(/^answered 200/)
  })

  test('that answers slowly, piece by piece, is waited for', async () => {
    const receiver = await WebReceiver.begin()
    receiver.answer = response => {
      const [head, ...rest] = 'HTTP/1.1 204 No Content\r\n\r\n'.match(/.{1,9}|\r\n/gs) ?? []
      response.socket?.write(head ?? '')
      rest.forEach((piece, index) => {
        setTimeout(() => response.socket?.write(piece), 20 * (index + 1))
      })
    }
    expect(await opened(receiver.url).deliver(findingsNotice(), patient())).toBe('answered 204')
  })

  test('that never ends its answer is not listened to for long', async () => {
    const receiver = await WebReceiver.begin()
    receiver.answer = response => {
      response.writeHead(500)
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    }
    const { message } = await fault(opened(receiver.url).deliver(findingsNotice(), patient()))
    expect(message.length).toBeLessThan(400)
    expect(message).toMatch(/answers 500: x+…$/)
  })
})

describe('an address', () => {
  test('that is this computer is refused unless it is permitted', async () => {
    const receiver = await WebReceiver.begin()
    const refused = opened(receiver.url, { allowPrivate: false })
    expect((await fault(refused.deliver(findingsNotice(), patient()))).message).toBe(
      `${receiver.url} takes no notice: nothing is sent there: 127.0.0.1 is this computer (loopback); allow_private permits it`,
    )
    const named = opened(receiver.url.replace('127.0.0.1', 'localhost'), { allowPrivate: false })
    expect((await fault(named.deliver(findingsNotice(), patient()))).message).toContain('loopback')
    expect(await named.check(patient())).toContain('loopback')
    expect(receiver.posted).toEqual([])
  })

  test('of the environment, a proxy, is not asked', async () => {
    const receiver = await WebReceiver.begin()
    const proxy = await WebReceiver.begin()
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']
    const before = names.map(name => process.env[name])
    try {
      for (const name of names) process.env[name] = name.startsWith('NODE') ? '1' : proxy.url
      await opened(receiver.url).deliver(findingsNotice(), patient())
    } finally {
      for (const [index, name] of names.entries()) {
        const value = before[index]
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
    }
    expect([receiver.posted.length, proxy.posted.length]).toEqual([1, 0])
  })
})

test.skipIf(!hasOpenssl)('a certificate is refused until its authority is named', async () => {
  const certificate = selfSigned()
  const receiver = await WebReceiver.begin(certificate)
  const strange = opened(receiver.url)
  expect((await fault(strange.deliver(findingsNotice(), patient()))).message).toContain(
    'its certificate is not trusted',
  )
  expect(await strange.check(patient())).toContain('its certificate is not trusted')
  const known = opened(receiver.url, { caFile: certificate.certFile })
  expect(await known.check(patient())).toBeNull()
  expect(receiver.posted).toEqual([])
  expect(await known.deliver(findingsNotice(), patient())).toBe('answered 204')
})

test('a key that cannot be read is told, and nothing is sent', async () => {
  const receiver = await WebReceiver.begin()
  const transport = openTransport(
    {
      ...{ kind: 'webhook', url: receiver.url, allowPrivate: true, caFile: null },
      secret: { from: 'environment', name: 'HOOK_KEY' },
    },
    grounds({
      readSecret: async () => {
        throw new Error('HOOK_KEY is not set')
      },
    }),
  )
  expect((await fault(transport.deliver(findingsNotice(), patient()))).message).toBe(
    'the key of the signature cannot be read: HOOK_KEY is not set',
  )
  expect(await transport.check(patient())).toContain('HOOK_KEY is not set')
  expect(receiver.posted).toEqual([])
})

describe('a URL that is a secret', () => {
  const file = { from: 'file', path: '/etc/mpwatch/chat.url' } as const
  /** A webhook whose URL stands in that file, or in a variable. */
  const hidden = (text: string, url: WebhookTarget['url'] = file, allowPrivate = true) =>
    openTransport(
      { kind: 'webhook', url, allowPrivate, secret: null, caFile: null },
      { ...grounds(), readSecret: async () => text },
    )

  test('is read for each notice, and nobody sees it, whatever the receiver says', async () => {
    const receiver = await WebReceiver.begin()
    const path = '/services/T0PS3CRET/B0/xyzzy-plugh-123?token=hunter2hunter2'
    const transport = hidden(`${receiver.url}${path}`)
    expect(transport.where).toBe('webhook in chat.url')
    expect(await transport.check(patient())).toBe(null)
    receiver.answer = status(200, `thanks for ${receiver.url}${path}`)
    const taken = await transport.deliver(findingsNotice(), patient())
    expect(receiver.posted.map(one => one.path)).toEqual([path])
    receiver.answer = status(404, 'no xyzzy-plugh-123 of T0PS3CRET, hunter2hunter2')
    const refused = await fault(transport.deliver(findingsNotice(), patient()))
    receiver.answer = status(302, '', { location: path })
    const elsewhere = await fault(transport.deliver(findingsNotice(), patient()))
    expect(elsewhere.message).toContain(`webhook in chat.url answers 302 and sends to http:`)
    await receiver.stop()
    const gone = await fault(transport.deliver(findingsNotice(), patient()))
    expect(gone.message).toMatch(/^webhook in chat\.url takes no notice: nobody listens there/)
    for (const said of [taken, refused.message, elsewhere.message, gone.message])
      expect(said).not.toMatch(/T0PS3CRET|xyzzy|hunter2/)
    expect(hidden('', { from: 'environment', name: 'CHAT_URL' }).where).toBe('webhook in CHAT_URL')
  })

  for (const [what, text, mayBePrivate, expected] of [
    ['no URL', 'hunter2', true, /no URL of a webhook/],
    ['another protocol', 'file:///hunter2', true, /no URL of a webhook/],
    ['a user', 'https://me:hunter2@hooks.example/', true, /no URL of a webhook/],
    ['no TLS, by name', 'http://hooks.example/hunter2', true, /without TLS only/],
    ['no TLS, public', 'http://127.0.0.1/hunter2', false, /without TLS only/],
    ['this computer', 'https://127.0.0.1/hunter2', false, /nothing is sent there/],
  ] as const)
    test(`is refused without being shown where it has ${what}`, async () => {
      const transport = hidden(text, file, mayBePrivate)
      const { message } = await fault(transport.deliver(findingsNotice(), patient()))
      for (const said of [message, await transport.check(patient())]) {
        expect(said).toMatch(expected)
        expect(said).not.toContain('hunter2')
      }
    })

  test('that cannot be read is told as that', async () => {
    const transport = openTransport(
      { kind: 'webhook', url: file, allowPrivate: true, secret: null, caFile: null },
      { ...grounds(), readSecret: () => Promise.reject(new Error('there is no such file')) },
    )
    const { message } = await fault(transport.deliver(findingsNotice(), patient()))
    expect(message).toBe('the URL of the webhook cannot be read: there is no such file')
  })
})
