// mp_gwsim: a Web Server whose control connection changes its direction, meets the other one, and is stopped.

import { expect, test } from 'vitest'
import { cutFirst } from '../../fixtures/scenario/edit.ts'
import type { MeasurementRow } from '../../src/model/quality.ts'
import { story, told, VENDOR } from '../watchers/story.ts'

type Tell = Parameters<typeof story>[1]

/** `12:00 normal in 0 out 1`: minutes and seconds of the story, state, completed; blocked ones where there are any. */
function line({ timeNs, fields }: MeasurementRow): string {
  const seconds = Math.floor(timeNs / 1e9)
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  const { state_name: state, completed_in, completed_out, blocked_in, blocked_out } = fields
  if (completed_in === undefined) return `${clock} ${state}`
  const blocked = blocked_in || blocked_out ? ` blocked in ${blocked_in} out ${blocked_out}` : ''
  return `${clock} ${state} in ${completed_in} out ${completed_out}${blocked}`
}

const rowsOf = async (seconds: number, tell: Tell, node = 'web-1') =>
  (await told(story(seconds, tell))).rows.filter(
    ({ measurement, tags }) => measurement === 'mp_gwsim' && tags['node'] === node,
  )

test('the first direction, and another one after it, are told at once and once a minute', async () => {
  const rows = await rowsOf(770, (net, { web, appA }) => {
    net.at(30).tcp(web, appA, 5003, VENDOR)
    // Silent for eleven minutes, then twice the other way.
    for (const at of [700, 720]) net.at(at).tcp(appA, web, 5003, VENDOR)
  })
  expect(rows.map(line)).toEqual([
    ...['0:30 normal', '0:00 unknown in 0 out 1', '1:00 normal in 0 out 0'],
    ...[2, 3, 4, 5, 6, 7, 8, 9, 10].map(minute => `${minute}:00 normal in 0 out 0`),
    // The state with which the minute began: it changed only with the second of them.
    ...['11:00 normal in 1 out 0', '12:00 reverse', '12:00 normal in 1 out 0'],
  ])
  expect(rows[0]).toEqual({
    ...{ measurement: 'mp_gwsim', tags: { node: 'web-1' } },
    ...{ fields: { state: 1, state_name: 'normal' }, timeNs: expect.any(Number) },
  })
  expect(rows.at(-2)?.fields).toEqual({ state: 2, state_name: 'reverse' })
})

test('both directions at once, and none that gets through, are states of their own', async () => {
  const rows = await rowsOf(850, (net, { web, appA, wall }) => {
    net.at(10).tcp(web, appA, 5003, VENDOR)
    net.at(70).tcp(appA, web, 5003, VENDOR)
    net.at(760).tcpFiltered(appA, web, 5003, { by: wall, how: 'icmp' })
    net.at(765).tcpFiltered(web, appA, 5003, { by: wall, how: 'icmp' })
  })
  const lines = rows.map(line).filter(text => !/ in 0 out 0$/.test(text))
  expect(lines.slice(0, 4)).toEqual([
    ...['0:10 normal', '0:00 unknown in 0 out 1', '1:10 conflict', '1:00 normal in 1 out 0'],
  ])
  expect(lines).toContain('11:00 normal')
  expect(lines.filter(text => text.includes('blocked'))).toEqual([
    // It is known when the second record ends, which is the beginning of a minute here.
    ...['14:00 blocked', '14:00 blocked in 0 out 0 blocked in 1 out 1'],
  ])
  expect(rows.at(-1)?.fields['state']).toBe(4)
})

test('a connection that is older than the capture tells the state and did not open now', async () => {
  const rows = await rowsOf(50, (net, { web, appA }) =>
    net.at(1).tcpMidstream(web, appA, 5003, { exchanges: 3, everyMs: 10_000, ...VENDOR }),
  )
  expect(rows.map(line)).toEqual(['0:01 normal', '0:00 unknown in 0 out 0'])
})

test('a connection of which one direction is seen counts when its record ends', async () => {
  const packets = story(100, (net, { web, appA }) => net.at(1).tcp(web, appA, 5003, VENDOR))
  const heard = packets.filter(({ bytes }) => {
    const text = Buffer.from(bytes).toString('hex')
    // Nothing that app-a sends to web-1.
    return !text.includes('0a0a140b0a0a1415')
  })
  const { rows } = await told(heard)
  const lines = rows.filter(({ measurement }) => measurement === 'mp_gwsim').map(line)
  expect(lines.filter(text => / out 1/.test(text))).toHaveLength(1)
})

test('windows lie on whole minutes, wherever the capture begins', async () => {
  const packets = story(200, (net, { web, appA }) => net.at(7).tcp(web, appA, 5003, VENDOR))
  const { rows } = await told(cutFirst(packets, 1))
  const windows = rows.filter(({ fields }) => fields['completed_in'] !== undefined)
  // The run counts from 10:00:07.
  expect(windows.map(({ timeNs }) => timeNs / 1e9)).toEqual([-7, 53, 113, 173])
})

test('nobody who opens nothing has rows', async () => {
  const tell: Tell = (net, { web, appA }) => net.at(30).tcp(web, appA, 80, VENDOR)
  expect(await rowsOf(100, tell)).toEqual([])
  expect(await rowsOf(100, tell, 'web-dmz-1')).toEqual([])
})
