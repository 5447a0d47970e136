// Loads each site file that the command line names, in a process of its own, and prints one line of JSON:
// the first problem of each, the longest load in milliseconds, and by how many KiB the process grew.

import { loadSite } from '../../src/config/site.ts'
import { problemsOf } from './files.ts'

const [good = '', ...hostile] = process.argv.slice(2)
for (let round = 0; round < 3; round++) loadSite(good)

const kibBefore = process.resourceUsage().maxRSS
const loads = hostile.map(path => {
  const started = process.hrtime.bigint()
  const [first] = problemsOf(() => loadSite(path))
  const milliseconds = Number(process.hrtime.bigint() - started) / 1e6
  return { message: first?.message ?? 'accepted', milliseconds }
})
process.stdout.write(
  JSON.stringify({
    messages: loads.map(({ message }) => message),
    millisecondsMost: Math.max(...loads.map(({ milliseconds }) => milliseconds)),
    kibGrown: process.resourceUsage().maxRSS - kibBefore,
  }),
)
