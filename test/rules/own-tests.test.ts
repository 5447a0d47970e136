// Goal: the shipped rules keep their own tests, and the runner of such tests acts out what a sentence
// says. What comes out of each sentence below is written down from the requirements.

import { describe, expect, test } from 'vitest'
import { type FailedTest, failedTests } from '../../src/commands/policy/own-tests.ts'
import { loadPolicy } from '../../src/config/policy.ts'
import type { Exception, Policy } from '../../src/model/policy.ts'

const { policy } = loadPolicy('rules')

/** The one failure of a sentence with an expectation that is never right. */
function actOut(flow: string, rules: Policy = policy): FailedTest | undefined {
  const tests = [{ flow, expect: 'something else', where: 'policy.yaml:9' }]
  return failedTests({ ...rules, tests })[0]
}

test('every one of the tests in the shipped rules passes', () => {
  expect(policy.tests.length).toBeGreaterThan(100)
  expect(failedTests(policy)).toEqual([])
})

test('a test with another verdict, reason or row than comes out has failed', () => {
  const flow = 'external -> app tcp/61004 established'
  const told = (expected: string) =>
    failedTests({ ...policy, tests: [{ flow, expect: expected, where: 'policy.yaml:9' }] }).length
  expect(told('escaped:over_exposed I-12')).toBe(0)
  expect(told('rejected I-12')).toBe(1)
  expect(told('escaped:unlisted I-12')).toBe(1)
  expect(told('escaped:over_exposed I-13')).toBe(1)
})

describe('a sentence is acted out', () => {
  const cases: Readonly<Record<string, string>> = {
    // What each word does to a flow that is allowed, by TCP and by UDP.
    'app -> app tcp/2008 established': 'permitted I-05',
    'app -> app tcp/2008 refused': 'permitted I-05',
    'app -> app tcp/2008 filtered': 'misdropped I-05',
    'app -> app tcp/2008 silent': 'misdropped I-05',
    'admin -> app udp/161 refused': 'permitted I-04',
    'admin -> app udp/161 filtered': 'misdropped I-04',
    'admin -> app udp/161 silent': 'permitted_unverified I-04',
    'admin -> app udp/161 one_way': 'permitted_unverified I-04',
    // The same for one that is not.
    'external -> app tcp/22 established': 'escaped:over_exposed I-01',
    'external -> app tcp/22 refused': 'rejected I-01',
    'external -> app tcp/22 filtered': 'rejected I-01',
    'external -> app tcp/22 silent': 'rejected I-01',
    'external -> app tcp/22 one_way': 'undetermined I-01',
    'external -> app udp/161 one_way': 'escaped:over_exposed I-04',
    // Echo, by its name and by its type.
    'app -> app icmp/echo established': 'permitted F-09',
    'app -> app icmp/8 filtered': 'misdropped F-09',
    'app -> app icmp/8 refused': 'permitted F-09',
    // Modes.
    'web -> app tcp/5003 established, mode normal': 'permitted I-06',
    'web -> app tcp/5003 established, mode reverse': 'escaped:forbidden_by_mode I-06.2',
    'app -> web tcp/5003 established, mode normal': 'escaped:forbidden_by_mode I-06.1',
    // Labels that are no roles, and zones.
    'meetingplace -> dns udp/53 established': 'permitted_unverified O-05',
    'media -> app tcp/61003 established': 'permitted I-11',
    'unknown -> app tcp/22 established': 'escaped:over_exposed I-01',
    'web@dmz -> sql@core tcp/1433 established': 'escaped:over_exposed I-31',
    'webex -> app tcp/443 established': 'escaped:over_exposed I-02',
    'phone -> enduser-int tcp/80 established': 'out_of_scope',
  }
  for (const [flow, cameOut] of Object.entries(cases))
    test(`${flow} comes out as ${cameOut}`, () => {
      expect(actOut(flow)).toMatchObject({ cameOut, isJudged: true })
    })
})

describe('a sentence that cannot be acted out says why:', () => {
  const cases: Readonly<Record<string, RegExp>> = {
    'admin to app on 22': /^"admin to app on 22" is no flow: write one such as "admin -> app/,
    'admin -> app tcp/22': /is no flow/,
    'admim -> app tcp/22 established': /^no role is called "admim"\. Did you mean admin\?/,
    'admin -> app@cor tcp/22 established': /^no zone is called "cor"\. Did you mean core\?/,
    'admin -> app tcp/70000 established': /^70000 is no port: ports are 1 to 65535$/,
    'admin -> app tcp/20-22 established': /^"tcp\/20-22" is more than one port/,
    'admin -> app tcp/22 closed': /^no outcome is called "closed"\. .*refused, filtered/,
    'admin -> app tcp/22 refused, mode revers': /^no mode is called "revers"\. .*reverse/,
    'web-dmz@core -> app tcp/22 refused': /^no host can be "web-dmz@core"$/,
    'app@internet -> app tcp/22 refused': /^no host can be "app@internet"$/,
    'external@dmz -> app tcp/22 refused': /^no host can be "external@dmz"$/,
  }
  for (const [flow, reason] of Object.entries(cases))
    test(flow, () => {
      expect(actOut(flow)).toMatchObject({
        cameOut: expect.stringMatching(reason),
        isJudged: false,
      })
    })
})

test('an exception changes no test, since it ends some day', () => {
  const exception: Exception = {
    ...{ id: 'EX-1', row: 'I-01', from: 'enduser-int', to: 'app', where: 'policy.yaml:9' },
    ...{ owner: 'noc', reason: 'change 4411', expires: '9999-12-31' },
    match: [{ transport: 'tcp', ports: { first: 22, last: 22 } }],
  }
  const rules = { ...policy, exceptions: [exception] }
  expect(actOut('enduser-int -> app tcp/22 established', rules)?.cameOut).toBe(
    'escaped:over_exposed I-01',
  )
})
