// Everything that an audit writes, as a person would get it: EVE lines, the result, the terminal.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Outputs {
  readonly eve: string
  readonly json: string
  readonly terminal: string
}

/** Runs `mpwatch audit` in a process of its own. */
export function outputsOf(pcap: Uint8Array, siteYaml: string): Outputs {
  const folder = mkdtempSync(join(tmpdir(), 'mpwatch-outputs-'))
  const inFolder = (name: string): string => join(folder, name)
  try {
    writeFileSync(inFolder('capture.pcap'), pcap)
    writeFileSync(inFolder('site.yaml'), siteYaml)
    const command = ['--import', 'tsx', 'src/main.ts', 'audit', inFolder('capture.pcap')]
    const files = ['--eve', inFolder('eve.json'), '--json', inFolder('result.json')]
    const argv = [...command, '--site', inFolder('site.yaml'), ...files]
    const { stdout, stderr } = spawnSync(process.execPath, argv, {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    })
    return {
      eve: readFileSync(inFolder('eve.json'), 'utf8'),
      json: readFileSync(inFolder('result.json'), 'utf8'),
      terminal: stdout + stderr,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
