// Goal: whatever would keep watching from working is told with the command that mends it, and looking changes
// nothing.
// Method: the real thing each time: other users, missing programs, small and read-only file systems, sockets, and
// interfaces in a network namespace. What needs no other user is asked of the parts themselves.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { located } from '../../src/commands/doctor/ask.ts'
import { type Check, textOf } from '../../src/commands/doctor/check.ts'
import { journalChecks } from '../../src/commands/doctor/journal.ts'
import { isNosuid } from '../../src/commands/doctor/permission.ts'
import { placeChecks } from '../../src/commands/doctor/places.ts'
import { nodeCheck } from '../../src/commands/doctor/program.ts'
import { ruleChecks } from '../../src/commands/doctor/rules.ts'
import { storeChecks } from '../../src/commands/doctor/store.ts'
import { watchConfigOf } from '../../src/config/watch.ts'
import type { WatchOptions } from '../../src/config/watch-options.ts'
import type { Entry } from '../../src/model/lifecycle.ts'
import { openStore } from '../../src/store/store.ts'

const NOBODY = 65_534
const CLI_MS_MAX = 60_000
const isRoot = process.getuid?.() === 0
const hasTools = ['tcpdump', 'setcap', 'setpriv', 'ip'].every(name => located(name) !== null)

const folder = mkdtempSync(join(tmpdir(), 'mpwatch-doctor-'))
chmodSync(folder, 0o755)
const mounts: string[] = []
afterAll(() => {
  for (const path of mounts) spawnSync('umount', [path])
  rmSync(folder, { recursive: true, force: true })
}, CLI_MS_MAX)

let numbers = 0
function made(mode = 0o700): string {
  const path = join(folder, `made-${++numbers}`)
  mkdirSync(path, { mode })
  chmodSync(path, mode)
  return path
}

const config = (options: WatchOptions = {}) =>
  watchConfigOf(null, { store: join(folder, 'store'), metrics: 'off', ...options })

/** `state id: text` of each, with the folder of this test left out. */
const lines = (checks: readonly Check[]): readonly string[] =>
  checks.map(({ id, state, text }) => `${state} ${id}: ${text}`.replaceAll(folder, 'F'))

/** Shared, so that the sources are compiled once for each user. */
const scratch = made(0o777)

interface Asked {
  readonly code: number | null
  readonly stderr: string
  readonly checks: readonly Check[]
  readonly find: (id: string) => Check | undefined
}

/** Runs the command as a user, with a prefix such as `ip netns exec`. */
async function doctor(
  args: readonly string[],
  { prefix = [], path = process.env['PATH'] ?? '' }: { prefix?: string[]; path?: string } = {},
): Promise<Asked> {
  const own = [process.execPath, '--import', 'tsx', 'src/main.ts', 'doctor', '--json', ...args]
  const [command = '', ...rest] = [...prefix, ...own]
  const env = { PATH: path, HOME: folder, TMPDIR: scratch }
  const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', data => {
    stdout += data
  })
  child.stderr.on('data', data => {
    stderr += data
  })
  const [code] = await once(child, 'close')
  const checks: readonly Check[] = stdout === '' ? [] : JSON.parse(stdout).checks
  return { code, stderr, checks, find: id => checks.find(check => check.id === id) }
}

const asNobody = [
  ...[located('setpriv') ?? '', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'],
]
const STORE = ['--store', '/var/lib/mpwatch-doctor-test', '--metrics', 'off']

describe.skipIf(!isRoot || !hasTools)('the right to capture', () => {
  const tcpdump = located('tcpdump') ?? ''

  test(
    'is missing for a plain user, who is told how a group gets it',
    async () => {
      const { code, find } = await doctor(['-i', 'lo', ...STORE], { prefix: asNobody })
      expect(code).toBe(1)
      expect(find('privilege')?.state).toBe('ok')
      expect(find('permission')).toMatchObject({ of: 'lo', state: 'fail' })
      expect(find('permission')?.text).toContain('tcpdump may not capture as this user (nobody)')
      expect(find('permission')?.fix).toEqual([
        'sudo groupadd -f mpwatch',
        'sudo usermod -aG mpwatch nobody',
        `sudo chgrp mpwatch ${tcpdump}`,
        `sudo chmod 750 ${tcpdump}`,
        `sudo setcap cap_net_raw=ep ${tcpdump}`,
      ])
    },
    CLI_MS_MAX,
  )

  test.skipIf(located('dumpcap') === null)(
    'is asked of dumpcap too, whose exit code says nothing',
    async () => {
      const args = ['-i', 'lo', '--tool', 'dumpcap', ...STORE]
      const [plain, own, filtered] = await Promise.all([
        doctor(args, { prefix: asNobody }),
        doctor(args),
        doctor([...args, '--filter', 'port nonsense']),
      ])
      expect(plain.find('permission')).toMatchObject({
        state: 'fail',
        fix: ['sudo dpkg-reconfigure wireshark-common', 'sudo usermod -aG wireshark nobody'],
      })
      expect(own.find('permission')?.text).toBe('dumpcap may capture')
      expect(filtered.find('permission')?.text).toMatch(
        /^dumpcap does not take the filter: dumpcap: Invalid capture filter "port nonsense"/,
      )
    },
    CLI_MS_MAX,
  )

  /** What the doctor prescribes, done to a copy. */
  function capable(home: string): string {
    const copy = join(home, 'tcpdump')
    copyFileSync(tcpdump, copy)
    execFileSync('chgrp', [String(NOBODY), copy])
    chmodSync(copy, 0o750)
    execFileSync('setcap', ['cap_net_raw=ep', copy])
    const file = join(home, 'mpwatch.yaml')
    writeFileSync(file, `api_version: mpwatch/v1\ncapture: {tools: {tcpdump: ${copy}}}\n`)
    return file
  }

  test(
    'is there when that was done',
    async () => {
      const file = capable(made(0o755))
      const { find } = await doctor(['-i', 'lo', '--config', file, ...STORE], { prefix: asNobody })
      expect(find('permission')).toMatchObject({ state: 'ok', text: 'tcpdump may capture' })
    },
    CLI_MS_MAX,
  )

  test(
    'is missing where the program is closed to the user: watching would take it all the same',
    async () => {
      const file = capable(made(0o755))
      execFileSync('chgrp', ['root', join(dirname(file), 'tcpdump')])
      const { find } = await doctor(['-i', 'lo', '--config', file, ...STORE], { prefix: asNobody })
      expect(find('tool')).toMatchObject({ of: 'tcpdump', state: 'fail' })
      expect(find('tool')?.text).toMatch(/tcpdump is no program that this user may run$/)
      expect(find('permission')).toMatchObject({ of: 'lo', state: 'fail' })
      expect(find('permission')?.fix).toContain('sudo usermod -aG mpwatch nobody')
    },
    CLI_MS_MAX,
  )

  test(
    'cannot come from a file under no-new-privileges, which is said',
    async () => {
      const file = capable(made(0o755))
      const prefix = [...asNobody, '--no-new-privs']
      const { find } = await doctor(['-i', 'lo', '--config', file, ...STORE], { prefix })
      expect(find('permission')).toMatchObject({ state: 'fail', fix: [] })
      expect(find('permission')?.text).toContain('NoNewPrivileges=no')
    },
    CLI_MS_MAX,
  )

  test(
    'cannot come from a file system that is mounted nosuid, which is said',
    async ({ skip }) => {
      const home = made(0o755)
      const mounted =
        spawnSync('mount', ['-t', 'tmpfs', '-o', 'nosuid', 'tmpfs', home]).status === 0
      skip(!mounted, 'a file system of its own is not allowed here')
      mounts.push(home)
      chmodSync(home, 0o755)
      const file = capable(home)
      const { find } = await doctor(['-i', 'lo', '--config', file, ...STORE], { prefix: asNobody })
      expect(find('permission')?.text).toContain('mounted nosuid')
      expect(find('permission')?.fix).toContain(
        'sudo setcap cap_net_raw=ep /usr/local/libexec/mpwatch/tcpdump',
      )
    },
    CLI_MS_MAX,
  )
})

test('the mount that holds a path is the innermost one', () => {
  const line = (point: string, options: string) => `1 2 8:1 / ${point} ${options} - ext4 x rw`
  const all = [line('/', 'rw'), line('/opt', 'rw,nosuid'), line('/opt/my\\040bin', 'rw')].join('\n')
  expect(isNosuid('/opt/tcpdump', all)).toBe(true)
  expect(isNosuid('/optional/tcpdump', all)).toBe(false)
  expect(isNosuid('/opt/my bin/tcpdump', all)).toBe(false)
})

test(
  'where no capturing program is installed, what to install is said',
  async () => {
    // Of PATH only the folder of Node is left; what stands in the folders of administrators is found all the same.
    const { code, checks } = await doctor(['-i', 'lo', ...STORE], { path: made() })
    expect(code).toBe(1)
    const tools = checks.filter(({ id }) => id === 'tool')
    expect(tools.find(({ of }) => of === 'tcpdump')).toMatchObject({
      ...{ state: 'fail', text: 'is not installed', fix: ['sudo apt-get install tcpdump'] },
    })
    expect(tools.map(({ of }) => of)).toEqual(['tcpdump', 'dumpcap', 'cap'])
  },
  CLI_MS_MAX,
)

test(
  'a filter that the capturing program does not take is told in its own words',
  async ({ skip }) => {
    skip(!isRoot || !hasTools, 'needs tcpdump and the right to use it')
    const { find } = await doctor(['-i', 'lo', '--filter', 'port nonsense and', ...STORE])
    expect(find('permission')?.text).toMatch(
      /^tcpdump does not take the filter: tcpdump: unknown port 'nonsense'/,
    )
  },
  CLI_MS_MAX,
)

test(
  'a configuration that is wrong is a matter of usage',
  async () => {
    const file = join(made(), 'bad.yaml')
    writeFileSync(file, 'api_version: mpwatch/v1\nstor: {}\n')
    const { code, stderr } = await doctor(['--config', file])
    expect(code).toBe(2)
    expect(stderr).toContain('bad.yaml:2:1: no key is called "stor". Did you mean store?')
  },
  CLI_MS_MAX,
)

describe.skipIf(!isRoot || !hasTools)('an interface', () => {
  const name = `mpdoc${process.pid}`
  const inside = (...args: string[]) => execFileSync('ip', ['-n', name, ...args])
  const counter = (of: string, which: string) =>
    execFileSync('ip', ['netns', 'exec', name, 'cat', `/sys/class/net/${of}/statistics/${which}`])

  test(
    'is told with its state, its traffic and its neighbours, and stays as it was',
    async () => {
      execFileSync('ip', ['netns', 'add', name])
      try {
        inside('link', 'add', 'mirror0', 'type', 'veth', 'peer', 'name', 'switch0')
        for (const one of ['mirror0', 'switch0', 'lo']) {
          inside('link', 'set', 'dev', one, 'addrgenmode', 'none')
          inside('link', 'set', 'dev', one, 'up')
        }
        inside('link', 'add', 'spare0', 'type', 'veth', 'peer', 'name', 'spare1')
        inside('addr', 'add', '192.0.2.1/24', 'dev', 'switch0')
        inside('neigh', 'add', '192.0.2.9', 'lladdr', '02:00:00:00:00:09', 'dev', 'switch0')
        const before = [counter('mirror0', 'tx_packets'), inside('-d', 'link', 'show', 'mirror0')]
        const prefix = ['ip', 'netns', 'exec', name]
        const talker = spawn(
          prefix[0] ?? '',
          [...prefix.slice(1), process.execPath, '-e', TALK, '192.0.2.9'],
          { stdio: 'ignore' },
        )
        const names = ['mirror0', 'switch0', 'spare0', 'miror0'].flatMap(one => ['-i', one])
        const { checks } = await doctor([...names, ...STORE], { prefix })
        talker.kill('SIGKILL')
        const of = (one: string, id: string) => checks.find(c => c.of === one && c.id === id)
        expect(of('mirror0', 'interface')).toMatchObject({ state: 'ok', text: 'is up' })
        expect(of('mirror0', 'traffic')).toMatchObject({ state: 'ok' })
        expect(of('mirror0', 'traffic')?.text).toMatch(/^\d+ packets in a second/)
        expect(of('mirror0', 'silence')?.state).toBe('ok')
        expect(of('mirror0', 'permission')?.state).toBe('ok')
        expect(of('switch0', 'traffic')?.text).toMatch(/^no packet in a second/)
        expect(of('switch0', 'silence')?.text).toContain('has the address 192.0.2.1')
        expect(of('spare0', 'interface')).toMatchObject({
          ...{ state: 'fail', fix: ['sudo ip link set dev spare0 up'] },
        })
        expect(of('miror0', 'interface')?.text).toMatch(
          /^there is no such interface\. Did you mean mirror0\? There are: .*spare0 \(down, 0 packets/,
        )
        expect([counter('mirror0', 'tx_packets'), inside('-d', 'link', 'show', 'mirror0')]).toEqual(
          before,
        )
      } finally {
        spawnSync('ip', ['netns', 'del', name])
      }
    },
    CLI_MS_MAX,
  )
})

test.skipIf(!isRoot || !hasTools || located('ethtool') === null)(
  'an interface that merges segments is told, and no longer when the command was typed',
  async () => {
    const name = `mpoff${process.pid}`
    const prefix = ['ip', 'netns', 'exec', name]
    const inside = (...args: string[]) => execFileSync('ip', [...prefix.slice(1), ...args])
    execFileSync('ip', ['netns', 'add', name])
    try {
      inside('ip', 'link', 'add', 'mirror0', 'type', 'veth', 'peer', 'name', 'switch0')
      inside('ethtool', '-K', 'mirror0', 'gro', 'on')
      const args = ['-i', 'mirror0', '-i', 'switch0', ...STORE]
      const before = await doctor(args, { prefix })
      const of = (asked: Asked, one: string) =>
        asked.checks.find(({ id, of: thing }) => id === 'offload' && thing === one)
      expect(of(before, 'switch0')?.state).toBe('ok')
      expect(of(before, 'mirror0')).toMatchObject({
        ...{ state: 'warn', fix: ['sudo ethtool -K mirror0 gro off'] },
      })
      inside(...(of(before, 'mirror0')?.fix[0]?.split(' ').slice(1) ?? []))
      expect(of(await doctor(args, { prefix }), 'mirror0')?.state).toBe('ok')
    } finally {
      spawnSync('ip', ['netns', 'del', name])
    }
  },
  CLI_MS_MAX,
)

/** A datagram every 20 ms, for a minute at the most. */
const TALK = `
  const socket = require('node:dgram').createSocket('udp4')
  setInterval(() => socket.send('x', 9, process.argv[1]), 20)
  setTimeout(() => process.exit(), 60000)`

describe('the store', () => {
  const checksOf = (store: string, options: WatchOptions = {}) =>
    lines(storeChecks(config({ store, ...options })))

  test('will be made where it does not exist yet, and is not made by looking', () => {
    const store = join(made(), 'a', 'b')
    expect(checksOf(store)[0]).toMatch(/^ok store: will be made in F\/made-\d+$/)
    expect(existsSync(join(store, '..'))).toBe(false)
  })

  test('is well in a folder of its own', () => {
    expect(checksOf(made())).toEqual([
      'ok store: can be read and written',
      'ok store-mode: is closed to other users',
      expect.stringMatching(/^(ok|warn) store-room: .* MiB free, and up to 1,536 MiB wanted/),
    ])
  })

  test('that others can look into is remarked on', () => {
    const store = made(0o755)
    const [, mode] = storeChecks(config({ store }))
    expect(mode).toMatchObject({ state: 'warn', fix: [`chmod 700 ${store}`] })
  })

  test('cannot be a file', () => {
    const file = join(made(), 'file')
    writeFileSync(file, '')
    expect(checksOf(file)).toEqual(['fail store: this is no folder: name another one (--store)'])
  })

  test('tells what was set aside as damaged', () => {
    const store = made()
    mkdirSync(join(store, 'metrics'))
    writeFileSync(join(store, 'history.duckdb.damaged-1'), '')
    writeFileSync(join(store, 'metrics', '000007.duckdb.damaged'), '')
    expect(checksOf(store).at(-1)).toMatch(
      /^warn store-damage: 2 files could not be opened .* F\/made-\d+\/history\.duckdb\.damaged-1, /,
    )
  })

  test('has its journal read, and a flipped byte is told with its place', async () => {
    const store = made()
    const open = await openStore(store, { now: () => Date.now() })
    const lost = (count: number): Entry => ({
      ...{ kind: 'lost', atMs: count, what: 'rows', count, why: 'the disk is full' },
    })
    for (let count = 1; count <= 5; count++) await open.record([lost(count)])
    const journalOf = () => lines(journalChecks(config({ store })))
    // While it is held, as by a monitor that is running.
    expect(journalOf()).toEqual(['ok journal: 5 entries, all whole'])
    await open.close()
    const [, ...files] = lines(storeChecks(config({ store })))
    expect(files.filter(line => !/store-(mode|room)/.test(line))).toEqual([])
    const path = join(store, 'journal', '00000001.log')
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.with(bytes.indexOf('"count":3'), 0x20))
    const length = bytes.indexOf('\n') + 1
    expect(journalOf()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^warn journal: 1 entry lost, 4 entries whole: journal/00000001.log: ${length} bytes at byte ${2 * length} are no entry`,
        ),
      ),
    ])
  })

  test('on a read-only or a full file system is told as such', ({ skip }) => {
    const home = made()
    const mount = (...options: string[]) =>
      spawnSync('mount', [...options, 'tmpfs', home]).status === 0
    skip(!mount('-t', 'tmpfs', '-o', 'size=70m,mode=700'), 'no file system of its own here')
    mounts.push(home)
    expect(checksOf(home).at(-1)).toMatch(/^warn store-room: (69|70) MiB free.*metrics_mib/)
    writeFileSync(join(home, 'filler'), Buffer.alloc(10 * 1_048_576))
    expect(checksOf(home).at(-1)).toMatch(
      /^fail store-room: 60 MiB free, and up to 1,526 MiB wanted: too little to begin$/,
    )
    spawnSync('mount', ['-o', 'remount,ro', home])
    expect(checksOf(home)).toEqual([
      'fail store: lies on a file system that is mounted read-only: name another (--store)',
    ])
    expect(checksOf(join(home, 'new'))[0]).toMatch(/^fail store: does not exist/)
  })

  test.skipIf(!isRoot || !hasTools)(
    'of another user is told with the command',
    async () => {
      const store = made(0o700)
      const mine = made(0o777)
      mkdirSync(join(mine, 'journal'))
      const args = ['--metrics', 'off', '--store']
      const [theirs, ours] = await Promise.all(
        [store, mine].map(path => doctor([...args, path], { prefix: asNobody })),
      )
      expect(theirs?.find('store')).toMatchObject({
        ...{ state: 'fail', fix: [`sudo chown -R nobody ${store}`] },
      })
      expect(ours?.find('store-files')?.text).toMatch(/^1 file in it may not be written .*journal$/)
      expect([theirs?.code, ours?.code]).toEqual([1, 1])
    },
    CLI_MS_MAX,
  )
})

describe('the places where the monitor answers', () => {
  const checksOf = async (options: WatchOptions) => lines(await placeChecks(config(options)))

  test('are told to be free, taken by a monitor, or left behind', async () => {
    const socket = join(made(), 'control.sock')
    expect(await checksOf({ socket })).toEqual(['ok control: no monitor is running there'])
    const child = spawn(process.execPath, ['-e', LISTEN, socket], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await once(child.stdout, 'data')
    expect(await checksOf({ socket })).toEqual([
      'ok control: a monitor is running and answers; it holds the store',
    ])
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(await checksOf({ socket })).toEqual([
      'ok control: left behind by a monitor that has ended; the next one replaces it',
    ])
  })

  test('may not be in use by something else', async () => {
    const socket = join(made(), 'control.sock')
    writeFileSync(socket, '')
    expect(await checksOf({ socket })).toEqual([
      'fail control: this is no socket, and in the way: name another path (--socket), or move it',
    ])
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const metrics = `127.0.0.1:${port}`
    expect(await checksOf({ socket: `${socket}2`, metrics })).toContain(
      'fail metrics: another program listens there: name another place (--metrics), or off',
    )
    await new Promise(done => server.close(done))
    expect(await checksOf({ socket: `${socket}2`, metrics })).toContain('ok metrics: is free')
  })
})

const LISTEN = `
  require('node:net').createServer().listen(process.argv[1], () => console.log('listening'))
  setTimeout(() => process.exit(), 60000)`

describe('the rules', () => {
  const checksOf = (options: WatchOptions) => lines(ruleChecks(config(options)))
  const site = 'rules/site.example.yaml'

  test('that are wrong are told with their places', () => {
    const bad = join(made(), 'site.yaml')
    writeFileSync(bad, readFileSync(site, 'utf8').replace('role: app ', 'role: ap '))
    expect(checksOf({ site: bad })).toContainEqual(
      expect.stringMatching(/^fail rules: F.*site\.yaml:\d+:\d+: no role is called "ap"/),
    )
  })

  test('load, and the interfaces are sensors of the site', () => {
    expect(checksOf({ site, sensor: ['dmz-span=eth1'] })).toEqual([
      expect.stringMatching(/^warn rules: 57 rows and the site hq load, with \d+ remarks$/),
      'ok sensors: dmz-span=eth1',
    ])
    expect(checksOf({ site, interface: ['eth1'] })[1]).toMatch(
      /^warn sensors: nobody says which of core-span, dmz-span listens here/,
    )
    expect(checksOf({ site, sensor: ['lab=eth1'] })[1]).toMatch(
      /^fail sensors: --sensor: no sensor/,
    )
  })
})

test('a Node that is too old is told', () => {
  expect(nodeCheck('20.18.1').state).toBe('fail')
  expect(nodeCheck('18.20.0').state).toBe('fail')
  expect(nodeCheck('20.19.0').state).toBe('ok')
  expect(nodeCheck('22.1.0').state).toBe('ok')
})

test('the text has a sign for each, the commands below, and an answer at the end', () => {
  const checks: readonly Check[] = [
    { id: 'node', of: null, state: 'ok', text: 'version 20', fix: [] },
    { id: 'permission', of: 'eth0', state: 'fail', text: 'no\u001b[2J', fix: ['sudo setcap'] },
    { id: 'clock', of: null, state: 'warn', text: 'unknown', fix: [] },
  ]
  expect(textOf(checks)).toBe(
    [
      '✓ node: version 20',
      '✗ permission eth0: no\\x1b[2J',
      '      sudo setcap',
      '! clock: unknown',
      '',
      '1 thing would keep mpwatch watch from working; 1 remark.',
      '',
    ].join('\n'),
  )
})
