import { expect, test } from 'vitest'
import { hasInfluxd, Influxd } from '../support/influxd.ts'

test.runIf(hasInfluxd)('influxd keeps its port and its data over a kill', async () => {
  const influxd = await Influxd.begin()
  await influxd.query('CREATE DATABASE mpwatch')
  const body = 'mp_flow,row=I-01 flows=1i 1000\nmp_flow,row=I-01 flows=2i 1001'
  const { status } = await fetch(`${influxd.url}/write?db=mpwatch`, { method: 'POST', body })
  expect(status).toBe(204)
  await influxd.signal('SIGKILL')
  await influxd.start()
  expect(await influxd.count('mpwatch', 'mp_flow', 'flows')).toBe(2)
})
