// A program that opens a store and records events until it is killed. Each line of its output is a number whose event
// was acknowledged. Started by kill.test.ts with the folder and the first number.

import { openStore } from '../../src/store/store.ts'
import { event, idOf, NOON_MS } from './stored.ts'

const [folder = '', first = '1'] = process.argv.slice(2)
const PARALLEL = 4

process.stdout.write('begin\n')
// Files so small that begun, full and given up ones are met all the time.
const store = await openStore(folder, {
  ...{ now: () => NOON_MS, segmentBytes: 16_384, journalBytesMax: 65_536, keepingMs: 20 },
})
process.stdout.write('open\n')

/** Findings 0 to 9 grow; every third event is the only one of its finding. */
const eventOf = (number: number) =>
  event({ id: idOf(number % 3 === 0 ? 1_000 + number : number % 10), members: number })

let next = Number(first)
await Promise.all(
  Array.from({ length: PARALLEL }, async () => {
    for (;;) {
      const number = next++
      await store.record([eventOf(number)])
      process.stdout.write(`${number}\n`)
    }
  }),
)
