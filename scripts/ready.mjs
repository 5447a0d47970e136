// Makes a fresh clone ready to run: packages installed, sources built. Plain JavaScript without
// dependencies, because it runs before there are any. Each step leaves a stamp, the SHA-256 of what it
// was made from, so that a step whose input has not changed costs milliseconds.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runKept } from './child.mjs'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const INSTALL_STAMP = join(ROOT, 'node_modules', '.lock.sha256')
const BUILD_STAMP = join(ROOT, 'dist', '.sources.sha256')
const BUILD_INPUTS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json']

/** Installs and, where asked, builds; ends the process with code 2 where that fails. */
export function ready({ build }) {
  const steps = build ? [installPackages, buildSources] : [installPackages]
  for (const step of steps) {
    const { ok, output } = step()
    if (ok) continue
    process.stderr.write(`${output}\nmpwatch is not ready to run: see above.\n`)
    process.exit(2)
  }
}

/** `npm ci`, unless what is installed came from this very lock file. */
function installPackages() {
  const digest = digestOf(['package-lock.json'])
  if (stampIs(INSTALL_STAMP, digest)) return { ok: true, output: '' }
  tell('Installing packages (npm ci). This takes up to a minute, once.')
  const { code, output } = npm('ci')
  // A lock file written where the optional packages of other platforms were not to be had lacks them,
  // and `npm ci` refuses it. `npm install` keeps to its versions and checksums just the same.
  const second = code !== 0 && lockFitsManifest() ? npm('install', '--no-save') : { code, output }
  if (second.code === 0) writeFileSync(INSTALL_STAMP, digest)
  return { ok: second.code === 0, output: second.output }
}

// No package needs its install script, so none gets the chance to run one.
function npm(...args) {
  return runKept('npm', [...args, '--ignore-scripts'], { cwd: ROOT })
}

/** Whether the lock was made for the dependencies that package.json names now. */
function lockFitsManifest() {
  const read = path => JSON.parse(readFileSync(join(ROOT, path), 'utf8'))
  const named = ({ dependencies, devDependencies }) =>
    JSON.stringify([dependencies, devDependencies])
  return named(read('package.json')) === named(read('package-lock.json').packages[''])
}

/** Compiles src to dist, unless dist was made from these very sources. */
export function buildSources() {
  const digest = digestOf([...BUILD_INPUTS, ...filesBelow('src')])
  if (stampIs(BUILD_STAMP, digest)) return { ok: true, output: '' }
  tell('Building (tsc).')
  // From nothing, so that a source that was deleted leaves no compiled file behind.
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true })
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
  const { code, output } = runKept(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd: ROOT,
  })
  if (code === 0) writeFileSync(BUILD_STAMP, digest)
  return { ok: code === 0, output }
}

// Steps are told on standard error: standard output belongs to what runs afterwards.
function tell(line) {
  process.stderr.write(`${line}\n`)
}

function stampIs(stamp, digest) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === digest
}

/** SHA-256 over names and contents, so that a renamed file counts as a change. */
function digestOf(paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    const bytes = readFileSync(join(ROOT, path))
    hash.update(`${path}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

function filesBelow(folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .flatMap(entry => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesBelow(path) : [path]
    })
    .sort()
}
