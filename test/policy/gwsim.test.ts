// The machine of 5003 by itself: every step from one state to another, from single sightings.

import { describe, expect, test } from 'vitest'
import { MINUTE, machine } from './gwsim-turns.ts'

describe('one direction', () => {
  test.each(['normal', 'reverse'] as const)('that completes is the mode: %s', direction => {
    const web = machine()
    expect(web.state()).toBeUndefined()
    web.completes(direction, 1)
    expect([web.state(), web.learned()]).toEqual([direction, direction])
  })

  test('that is reset is none', () => {
    const web = machine()
    web.completes('normal', 1, true)
    expect(web.state()).toBeUndefined()
  })

  test('stays the mode, however long it is silent', () => {
    const web = machine()
    web.completes('normal', 1)
    web.tick(100 * MINUTE)
    expect(web.state()).toBe('normal')
  })

  test('that is stopped is not yet blocked', () => {
    const web = machine()
    web.ends('normal', 1, 'blocked')
    expect(web.state()).toBe('unknown')
  })
})

describe('both directions', () => {
  test.each<[number, string]>([
    [10 * MINUTE, 'conflict'],
    [10 * MINUTE + 1, 'normal'],
  ])('%d s apart are %s', (seconds, state) => {
    const web = machine()
    web.completes('normal', 0)
    web.completes('reverse', seconds)
    expect(web.state()).toBe(state)
  })

  test('are in conflict as long as both live, and then no more', () => {
    const web = machine()
    web.completes('reverse', 0)
    web.lives('reverse', 50 * MINUTE)
    web.completes('normal', 55 * MINUTE)
    expect(web.state()).toBe('conflict')
    web.tick(60 * MINUTE)
    expect(web.state()).toBe('conflict')
    web.tick(61 * MINUTE)
    expect([web.state(), web.learned()]).toEqual(['reverse', 'reverse'])
  })

  test('are no change of mode while the first one lives, however often the other completes', () => {
    const web = machine()
    web.completes('reverse', 0)
    for (let at = 1; at < 60; at++) {
      web.lives('reverse', at * MINUTE)
      web.completes('normal', at * MINUTE)
    }
    expect([web.state(), web.learned()]).toEqual(['conflict', 'reverse'])
  })

  test.each(['blocked', 'refused'] as const)('that are %s are blocked', state => {
    const web = machine()
    web.ends('normal', 1, state)
    web.ends('reverse', 60, state)
    expect(web.state()).toBe('blocked')
  })

  test('that nobody answered, nobody knows why, are not', () => {
    const web = machine()
    web.ends('normal', 1, 'unanswered')
    web.ends('reverse', 60, 'unanswered')
    expect(web.state()).toBeUndefined()
  })

  test('that were stopped are forgotten after ten minutes, or when one completes', () => {
    const web = machine()
    web.ends('normal', 0, 'blocked')
    web.ends('reverse', 0, 'blocked')
    web.tick(11 * MINUTE)
    expect(web.state()).toBe('unknown')
    web.ends('normal', 12 * MINUTE, 'blocked')
    web.ends('reverse', 12 * MINUTE, 'blocked')
    web.completes('reverse', 13 * MINUTE)
    expect(web.steps()).toEqual(['blocked 0', 'unknown 660', 'blocked 720', 'reverse 780'])
  })
})

describe('another mode', () => {
  test('takes two completions while the old direction is silent', () => {
    const web = machine()
    web.completes('normal', 0)
    web.completes('reverse', 20 * MINUTE)
    expect(web.learned()).toBe('normal')
    web.completes('reverse', 40 * MINUTE)
    expect(web.learned()).toBe('reverse')
    expect(web.steps()).toEqual(['normal 0', 'reverse 2400'])
  })

  test('does not come of two with the old direction between them', () => {
    const web = machine()
    web.completes('normal', 0)
    web.completes('reverse', 20 * MINUTE)
    web.completes('normal', 21 * MINUTE)
    web.tick(40 * MINUTE)
    web.completes('reverse', 50 * MINUTE)
    expect(web.learned()).toBe('normal')
  })

  test('takes one connection only, where it lives on for ten minutes', () => {
    const web = machine()
    web.completes('normal', 0)
    web.completes('reverse', 20 * MINUTE)
    web.lives('reverse', 29 * MINUTE)
    web.tick(29 * MINUTE)
    expect(web.learned()).toBe('normal')
    web.lives('reverse', 30 * MINUTE)
    web.tick(30 * MINUTE)
    expect(web.learned()).toBe('reverse')
  })
})

describe('a flow is held', () => {
  test('against what completed before it, and never against itself', () => {
    const web = machine()
    web.completes('reverse', 5)
    expect(web.against('reverse', 5)).toBeUndefined()
    expect(web.against('normal', 4)).toBeUndefined()
    expect(web.against('normal', 6)).toBe('reverse')
  })

  test('against what is known by now, where it failed', () => {
    const web = machine()
    expect(web.against('normal', 4, false)).toBeUndefined()
    web.completes('reverse', 5)
    expect(web.against('normal', 4, false)).toBe('reverse')
  })

  test('against nothing learned, where the site declares the mode', () => {
    const web = machine([['web', 'normal']])
    web.completes('reverse', 5)
    expect(web.against('normal', 6)).toBeUndefined()
  })
})
