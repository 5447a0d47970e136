// npm run fuzz -- [options]
// Mutated packets and capture files through the whole of the monitor: no crash, no hang, no growth, no packet
// uncounted (faults.md F29, G1). Ends with 1 on a fault, whose input is kept in out/fuzz.

import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { campaign, type Plan, replayed, type Stream, type StreamFigures } from './fuzz/campaign.ts'

const HELP = `npm run fuzz -- [options]

  --packets 2000000   mutated packets (2000000)
  --files 20000       mutated files (20000)
  --seed 1            seed of both (1)
  --captures DIR      start from these captures too
  --replay FILE       show what a kept fault does, and nothing else
`
const STREAMS: readonly Stream[] = ['packets', 'endless', 'files']
const MEBIBYTE = 1024 * 1024
const SIBLING_CAPTURES = '../shared/captures'

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      packets: { type: 'string', default: '2000000' },
      files: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      captures: { type: 'string' },
      replay: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return told(HELP, 0)
  if (values.replay !== undefined) {
    const kind = await replayed(values.replay)
    return told(kind ?? 'no fault', kind === null ? 0 : 1)
  }
  const captures = values.captures ?? (existsSync(SIBLING_CAPTURES) ? SIBLING_CAPTURES : null)
  const [packets, files, seed] = [values.packets, values.files, values.seed].map(Number)
  if (![packets, files, seed].every(number => Number.isSafeInteger(number) && Number(number) >= 0))
    return told(HELP, 2)
  const plan = { packets, files, seed, captures, folder: 'out/fuzz' } as Plan
  console.log(`seed ${seed}, ${captures === null ? 'without' : 'with'} real captures`)
  const faults: number[] = []
  for (const stream of STREAMS) faults.push(await report(stream, plan))
  return faults.every(count => count === 0) ? 0 : 1
}

async function report(stream: Stream, plan: Plan): Promise<number> {
  const figures = await campaign(stream, plan)
  console.log(figuresText(stream, figures))
  for (const { kind, number, message, path } of figures.faults)
    console.log(`fault: ${kind} in ${stream} ${number} of seed ${plan.seed}, ${path}: ${message}`)
  return figures.faults.length
}

function figuresText(stream: Stream, figures: StreamFigures): string {
  const { items, packets, busyMs, worstMs, worstNumber, packetMs, lookedAt } = figures
  const unit = stream === 'files' ? 'files' : 'batches'
  const speed = Math.round(packets / (busyMs / 1000))
  const growth = [figures.heapGrowth, figures.residentGrowth].map(bytes =>
    (bytes / MEBIBYTE).toFixed(1),
  )
  return [
    `${stream}: ${packets} packets in ${items} ${unit}, ${(busyMs / 1000).toFixed(1)} s, ${speed} packets/s`,
    `  slowest: ${worstMs.toFixed(1)} ms (number ${worstNumber}); a packet ${packetMs.toFixed(2)} ms in ${lookedAt} batches looked at closely`,
    `  growth: heap ${growth[0]} MiB, process ${growth[1]} MiB; faults: ${figures.faults.length}`,
  ].join('\n')
}

function told(text: string, code: number): number {
  console.log(text)
  return code
}

process.exitCode = await main()
