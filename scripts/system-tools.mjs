// Programs that some tests use and npm cannot bring. A test whose program is missing is skipped, and
// counted as skipped.

import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { runKept } from './child.mjs'

// `command` is what is run, `package` what Debian calls it.
const SYSTEM_TOOLS = [
  {
    command: 'tshark',
    package: 'tshark',
    why: 'checks our captures with an independent dissector',
  },
  { command: 'nft', package: 'nftables', why: 'checks the rules that we write for it' },
  {
    command: 'iptables-restore',
    package: 'iptables',
    why: 'checks the rules that we write for it',
  },
  { command: 'tcpdump', package: 'tcpdump', why: 'captures what we watch' },
  { command: 'dumpcap', package: 'wireshark-common', why: 'captures where tcpdump is missing' },
  { command: 'tcpreplay', package: 'tcpreplay', why: 'sends what we watch' },
  { command: 'ip', package: 'iproute2', why: 'makes the networks that we watch' },
  { command: 'influxd', package: 'influxdb', why: 'takes what we export' },
  {
    command: 'victoria-metrics',
    package: 'victoria-metrics',
    why: 'takes what we export as version 2',
  },
  { command: 'faketime', package: 'faketime', why: 'has the clock of a running monitor jump' },
]

const APT_MS_MAX = 300_000

/** Installs what is missing where we may (root on Debian), else prints how to; never fails. */
export function provideSystemTools() {
  const missing = SYSTEM_TOOLS.filter(tool => !isInstalled(tool.command))
  if (missing.length === 0) return
  const packages = missing.map(tool => tool.package)
  if (mayInstall() && aptInstall(packages)) return
  for (const { command, why } of missing)
    process.stderr.write(`Not installed: ${command} (${why}). Its tests are skipped.\n`)
  process.stderr.write(`To install: sudo apt-get install ${packages.join(' ')}\n`)
}

function isInstalled(command) {
  return (process.env.PATH ?? '').split(delimiter).some(folder => isProgram(join(folder, command)))
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function mayInstall() {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && isInstalled('apt-get')
}

function aptInstall(packages) {
  process.stderr.write(`Installing ${packages.join(', ')} (apt-get).\n`)
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  // A fresh image has no package lists; fetching them is tried only when it turns out to be needed.
  return apt(install) || (apt(['update']) && apt(install))
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return runKept('apt-get', args, { env, timeout: APT_MS_MAX }).code === 0
}
