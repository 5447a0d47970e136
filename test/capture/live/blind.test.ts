// Goal: whatever keeps an interface from being seen becomes a blind interval, right to a second, and when it is
// gone, packets come again without anybody's help. faults.md F13 to F17.
// Method: each fault is done to real interfaces and real children, each in a namespace of its own, side by side.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { BlindCause } from '../../../src/model/live.ts'
import { canWatch, hasDumpcap, Namespace, type Watcher, wait } from './namespace.ts'
import type { Watching } from './watching.ts'

const TEST_MS_MAX = 90_000
const EXACT_MS = 1000
/** In which an interface is watched again when the cause is gone. */
const RESUMED_MS_MAX = 35_000

interface Scene {
  readonly space: Namespace
  readonly watcher: Watcher
}

describe.runIf(canWatch).concurrent('an interface is blind', () => {
  scene('while it is switched off', {}, async ({ space, watcher }) => {
    const began = during(() => space.run('ip', 'link', 'set', 'dev', 'tap0', 'down'))
    await wait(2500)
    const ended = during(() => space.run('ip', 'link', 'set', 'dev', 'tap0', 'up'))
    await seesAgain({ space, watcher })
    expectBlind(watcher, 'link_down', began, ended)
    expect(watcher.all('gap')).not.toEqual([])
  })

  scene('while it has no carrier', {}, async ({ space, watcher }) => {
    const began = during(() => space.run('ip', 'link', 'set', 'dev', 'out0', 'down'))
    await wait(2500)
    const ended = during(() => space.run('ip', 'link', 'set', 'dev', 'out0', 'up'))
    await seesAgain({ space, watcher })
    expectBlind(watcher, 'link_down', began, ended)
    expect(watcher.states[0]?.restarts).toBe(0)
  })

  scene('while it is gone', {}, async ({ space, watcher }) => {
    await goesAndComesBack({ space, watcher })
  })

  if (hasDumpcap)
    scene('while it is gone, by dumpcap', { tool: 'dumpcap' }, async ({ space, watcher }) => {
      await goesAndComesBack({ space, watcher })
    })

  scene('from the end of a child that is killed', {}, async ({ space, watcher }) => {
    await space.send('out0', 5)
    const [child = 0] = watcher.children
    const began = during(() => process.kill(child, 'SIGKILL'))
    await resumes(watcher, 'child_ended', began)
    expect(watcher.blind[0]?.detail).toMatch(
      /signal SIGKILL.* It took about \d packets? with it\.$/,
    )
    expect(watcher.states[0]?.restarts).toBe(1)
    await seesAgain({ space, watcher })
    expect((await watcher.end()) as object).toMatchObject({ states: [{ received: 10 }] })
  })

  scene('from the last sign of a child that hangs', {}, async ({ space, watcher }) => {
    const [child = 0] = watcher.children
    await wait(1500)
    const began = during(() => process.kill(child, 'SIGSTOP'))
    await resumes(watcher, 'child_hung', began)
    await seesAgain({ space, watcher })
  })

  if (hasDumpcap)
    scene('where dumpcap hangs', { tool: 'dumpcap' }, async ({ space, watcher }) => {
      const [child = 0] = watcher.children
      await space.send('out0', 5)
      await wait(1500)
      const began = during(() => process.kill(child, 'SIGSTOP'))
      await space.send('out0', 5)
      await resumes(watcher, 'child_hung', began)
      await seesAgain({ space, watcher })
    })

  scene('where packets stop', { silentS: 3 }, async ({ space, watcher }) => {
    const began = await meanwhile(() => space.send('out0', 5))
    await watcher.until('blind', () => watcher.blind.length > 0)
    await wait(1000)
    const ended = await meanwhile(() => sees({ space, watcher }))
    expectBlind(watcher, 'silent', began, ended)
  })

  scene('where too many are dropped', { bufferBytes: 1 << 20, slowMs: 200 }, async scene => {
    const { space, watcher } = scene
    const fromMs = Date.now()
    await space.send('out0', 200_000)
    await watcher.until('blind', () => watcher.blind.length > 0)
    const [interval] = watcher.blind
    expect(interval?.cause).toBe('drops')
    expect(Math.abs((interval?.fromMs ?? 0) - fromMs)).toBeLessThan(10_000)
    await watcher.until('over', () => watcher.blind[0]?.toMs != null)
  })

  scene('and not, where this thread is busy', { busyMs: 12_000 }, async ({ space, watcher }) => {
    await space.send('out0', 5)
    await wait(14_000)
    await seesAgain({ space, watcher })
    expect(watcher.blind).toEqual([])
  })
})

describe.runIf(canWatch).concurrent('a child that', () => {
  const stubs: readonly [title: string, script: string, cause: BlindCause, detail: RegExp][] = [
    ['ends well', 'exit 0', 'child_ended', /ended by itself \(exit code 0\)/],
    ['leaves its pipe to another', 'setsid sleep 60 & exit 1', 'child_ended', /exit code 1/],
    [
      'says something and fails',
      `printf 'it is \\033[31mbroken\\n' >&2; exit 3`,
      'child_ended',
      /\(exit code 3\). It said: it is \\x1b\[31mbroken$/,
    ],
    ['writes no capture', 'echo what is this; sleep 60', 'damaged_stream', /does not begin as/],
    [
      'writes garbage behind its head',
      `printf '\\324\\303\\262\\241\\002\\000\\004\\000\\0\\0\\0\\0\\0\\0\\0\\0\\377\\377\\0\\0\\001\\0\\0\\0'; yes; sleep 60`,
      'damaged_stream',
      /claims \d+ captured bytes/,
    ],
    [
      'may not capture',
      'exec setpriv --reuid 65534 --regid 65534 --clear-groups tcpdump "$@"',
      'no_permission',
      /sudo setcap cap_net_raw=ep \//,
    ],
  ]
  for (const [title, script, cause, detail] of stubs)
    test(title, { timeout: TEST_MS_MAX }, async () => {
      const space = new Namespace()
      try {
        space.pair('out0', 'tap0')
        const tcpdump = firstOnly(space, script)
        const watcher = space.watch({ interfaces: ['tap0'], tools: { tcpdump, dumpcap: null } })
        await watcher.until('blind', () => watcher.blind.length > 0)
        await watcher.watching()
        expect(watcher.blind).toMatchObject([{ cause, detail: expect.stringMatching(detail) }])
        await seesAgain({ space, watcher })
      } finally {
        await space.remove()
      }
    })

  test('is not installed', { timeout: TEST_MS_MAX }, async () => {
    const space = new Namespace()
    try {
      space.pair('out0', 'tap0')
      const tcpdump = join(space.folder, 'tcpdump')
      const options = { tool: 'tcpdump', tools: { tcpdump, dumpcap: null } } as const
      const watcher = space.watch({ interfaces: ['tap0'], ...options })
      await watcher.until('blind', () => watcher.blind.length > 0)
      expect(watcher.blind).toMatchObject([
        { cause: 'no_tool', detail: expect.stringContaining('sudo apt-get install tcpdump') },
      ])
      program(tcpdump, 'exec tcpdump "$@"')
      await watcher.watching()
      expect(watcher.blind[0]?.toMs).not.toBeNull()
    } finally {
      await space.remove()
    }
  })
})

describe.runIf(canWatch)('is refused:', () => {
  const cases: readonly [title: string, watching: Watching, message: RegExp][] = [
    [
      'an interface that there is not',
      { interfaces: ['tap'] },
      /^There is no interface "tap"\. Did you mean tap0\? Interfaces are: .*tap0/,
    ],
    [
      'a name that is a path',
      { interfaces: ['../tap0'] },
      /^There is no interface "\.\.\/tap0"\. Interfaces are/,
    ],
    ['an interface given twice', { interfaces: ['tap0', 'tap0'] }, /given twice/],
    [
      'a filter',
      { interfaces: ['tap0'], filter: 'foo $(bar)' },
      /^filter: tcpdump does not accept it: .*syntax error/,
    ],
  ]
  for (const [title, watching, message] of cases)
    test(title, { timeout: TEST_MS_MAX }, async () => {
      const space = new Namespace()
      try {
        space.pair('out0', 'tap0')
        const watcher = space.watch(watching)
        await watcher.until('refused', () => watcher.all('refused').length > 0)
        expect(watcher.all('refused')[0]?.message).toMatch(message)
        await watcher.end()
      } finally {
        await space.remove()
      }
    })
})

/** A test in a namespace where one interface is watched. */
function scene(
  title: string,
  options: Partial<Watching>,
  run: (scene: Scene) => Promise<void>,
): void {
  test(title, { timeout: TEST_MS_MAX }, async () => {
    const space = new Namespace()
    try {
      space.pair('out0', 'tap0')
      const watcher = space.watch({ interfaces: ['tap0'], ...options })
      await watcher.watching()
      await run({ space, watcher })
      expect(watcher.open).toEqual([])
    } finally {
      await space.remove()
    }
  })
}

async function goesAndComesBack({ space, watcher }: Scene): Promise<void> {
  const began = during(() => space.run('ip', 'link', 'delete', 'dev', 'out0'))
  await wait(2500)
  const ended = during(() => space.pair('out0', 'tap0'))
  await seesAgain({ space, watcher })
  // It may be seen while it is there and not yet, or no longer, switched on.
  const blind = watcher.blind.filter(({ cause }) => cause !== 'link_down')
  expectBlind({ blind }, 'interface_gone', began, ended)
  expect(watcher.states[0]?.restarts).toBe(1)
}

/** Packets come through again. */
async function seesAgain(scene: Scene): Promise<void> {
  await scene.watcher.watching()
  await sees(scene)
}

async function sees({ space, watcher }: Scene): Promise<void> {
  const before = watcher.states[0]?.delivered ?? 0
  await space.send('out0', 5)
  await watcher.until('seen', () => (watcher.states[0]?.delivered ?? 0) === before + 5)
}

/** When something was done: not before the one, and not after the other. */
interface Moment {
  readonly earliestMs: number
  readonly latestMs: number
}

function during(act: () => unknown): Moment {
  const earliestMs = Date.now()
  act()
  return { earliestMs, latestMs: Date.now() }
}

async function meanwhile(act: () => Promise<unknown>): Promise<Moment> {
  const earliestMs = Date.now()
  await act()
  return { earliestMs, latestMs: Date.now() }
}

/** One interval that began with the fault, and ended in time without anybody's help. */
async function resumes(watcher: Watcher, cause: BlindCause, began: Moment): Promise<void> {
  await watcher.until('blind', () => watcher.blind.length > 0)
  await watcher.watching()
  const latestMs = Math.min(Date.now(), began.latestMs + RESUMED_MS_MAX)
  expectBlind(watcher, cause, began, { earliestMs: began.earliestMs, latestMs })
}

/** One interval, which began and ended when the fault did, to the second. */
function expectBlind(
  { blind }: Pick<Watcher, 'blind'>,
  cause: BlindCause,
  began: Moment,
  ended: Moment,
): void {
  expect(blind.map(interval => interval.cause)).toEqual([cause])
  for (const [ms, { earliestMs, latestMs }] of [
    [blind[0]?.fromMs, began],
    [blind[0]?.toMs, ended],
  ] as const) {
    expect(ms).toBeGreaterThanOrEqual(earliestMs - EXACT_MS)
    expect(ms).toBeLessThanOrEqual(latestMs + EXACT_MS)
  }
}

/** A program that does this when it is first called, and captures afterwards. */
function firstOnly(space: Namespace, script: string): string {
  const flag = join(space.folder, 'called')
  const path = join(space.folder, 'stub')
  return program(path, `[ -e ${flag} ] && exec tcpdump "$@"\ntouch ${flag}\n${script}`)
}

function program(path: string, script: string): string {
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}
