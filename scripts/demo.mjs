// The demo: from a fresh clone to the first findings in one command, on a capture made for the purpose.

import { runShown } from './child.mjs'
import { ROOT, ready } from './ready.mjs'

const AUDIT = 'node dist/main.js audit'
const DEMO = ['audit', 'fixtures/demo/office.pcap', '--site', 'fixtures/demo/site.yaml']
const VIOLATIONS_FOUND = 1

ready({ build: true })
const code = runShown(process.execPath, ['dist/main.js', ...DEMO], { cwd: ROOT })
if (code === VIOLATIONS_FOUND)
  process.stderr.write(
    `\nThese violations were expected: the demo capture holds them on purpose.\nNext, your own network: copy rules/site.example.yaml to site.yaml, edit it, then run\n  ${AUDIT} YOUR-CAPTURE.pcap --site site.yaml\n`,
  )
process.exit(code === VIOLATIONS_FOUND ? 0 : code)
