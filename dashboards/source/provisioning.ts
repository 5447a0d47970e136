// Files by which Grafana finds its data source and the boards when it starts:
// https://grafana.com/docs/grafana/latest/administration/provisioning/. Addresses and secrets come from the environment.

import { stringify } from 'yaml'
import { BUCKET } from './flux.ts'

const file = (says: readonly string[], content: object): string =>
  `${says.map(line => `# ${line}\n`).join('')}${stringify({ apiVersion: 1, ...content }, { lineWidth: 0 })}`

/** By path below `grafana/provisioning`. */
export const PROVISIONING: Readonly<Record<string, string>> = {
  'datasources/mpwatch-influxql.yaml': file(
    [
      'InfluxDB 1, as mpwatch writes it. Set in the environment of Grafana: INFLUXDB_URL, INFLUXDB_USER and',
      'INFLUXDB_PASSWORD; the user may read only. Without users in InfluxDB, leave the last two out.',
    ],
    {
      datasources: [
        {
          ...{ name: 'mpwatch', uid: 'mpwatch-influxql', type: 'influxdb', access: 'proxy' },
          ...{ url: '$INFLUXDB_URL', user: '$INFLUXDB_USER' },
          jsonData: { dbName: BUCKET, httpMode: 'POST', version: 'InfluxQL', timeInterval: '10s' },
          secureJsonData: { password: '$INFLUXDB_PASSWORD' },
        },
      ],
    },
  ),
  'datasources/mpwatch-flux.yaml': file(
    [
      'InfluxDB 2, as mpwatch writes it. Set in the environment of Grafana: INFLUXDB_URL, INFLUXDB_ORG and',
      'INFLUXDB_TOKEN; the token may read the buckets mpwatch and mpwatch_long.',
    ],
    {
      datasources: [
        {
          ...{ name: 'mpwatch', uid: 'mpwatch-flux', type: 'influxdb', access: 'proxy' },
          url: '$INFLUXDB_URL',
          jsonData: {
            ...{ version: 'Flux', organization: '$INFLUXDB_ORG', defaultBucket: BUCKET },
            ...{ timeInterval: '10s', tlsSkipVerify: false },
          },
          secureJsonData: { token: '$INFLUXDB_TOKEN' },
        },
      ],
    },
  ),
  'dashboards/mpwatch.yaml': file(
    [
      'The boards. Set MPWATCH_BOARDS to the folder with the JSON files of one language, influxql or flux.',
    ],
    {
      providers: [
        {
          ...{ name: 'mpwatch', folder: 'MeetingPlace', type: 'file', allowUiUpdates: false },
          options: { path: '$MPWATCH_BOARDS' },
        },
      ],
    },
  ),
}
