// What the command line makes of the reader: captures that grow, and folders.

import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { writeFiles } from './read-all.ts'
import { tinyPcap } from './tiny-pcap.ts'

const RUN_MS_MAX = 30_000
const at = (seconds: number) => ({ seconds, data: 'aa' })
const FLOWS = ['--import', 'tsx', 'src/main.ts', 'flows']

test(
  '--follow reads on until a signal, and then tells what was read',
  async () => {
    const [path = ''] = writeFiles({ 'a.pcap': tinyPcap([at(1)]) })
    const child = spawn(process.execPath, [...FLOWS, path, '--follow', '--json', '-'])
    const output: Buffer[] = []
    child.stdout.on('data', block => output.push(block))
    const ended = new Promise(resolve => child.on('close', resolve))
    setTimeout(() => appendFileSync(path, tinyPcap([at(2)]).subarray(24)), 3000)
    setTimeout(() => child.kill('SIGINT'), 5000)
    expect(await ended).toBe(130)
    const { provenance, ledger } = JSON.parse(Buffer.concat(output).toString())
    expect(ledger.reader.seen).toBe(2)
    expect(provenance.captures).toMatchObject([{ packets: 2, damage: [] }])
  },
  RUN_MS_MAX,
)

test(
  'a folder is read, and what is passed over in it is told, unless the command is to be quiet',
  () => {
    const [path = ''] = writeFiles({ 'a.pcap': tinyPcap([at(1)]), 'b.txt': Buffer.from('hello') })
    const run = (...options: readonly string[]) =>
      spawnSync(process.execPath, [...FLOWS, dirname(path), ...options], { encoding: 'utf8' })
    expect(run().stderr).toMatch(/^passed over: \S*b\.txt: is text\./)
    expect(run('--quiet').stderr).toBe('')
  },
  RUN_MS_MAX,
)
