// Runs a TypeScript file of this project: node scripts/run.mjs [--build] FILE.ts [ARGUMENT...]
// With --build the compiled monitor in dist is brought up to date first.

import { runShown } from './child.mjs'
import { ready } from './ready.mjs'

const [first, ...others] = process.argv.slice(2)
const build = first === '--build'
const [file, ...args] = build ? others : process.argv.slice(2)

if (file === undefined) {
  process.stderr.write('usage: node scripts/run.mjs [--build] FILE.ts [ARGUMENT...]\n')
  process.exit(2)
}
ready({ build })
process.exit(runShown(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...args]))
