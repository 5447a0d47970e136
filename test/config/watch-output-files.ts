// The sections `influx` and `alerts` of a small good configuration, what they say, ways to spoil them, and what is told
// of each: `line:column message`. They follow the seventeen lines of watch-files.ts.

import type { InfluxConfig, RouteConfig, RouteFilter } from '../../src/model/watch-config.ts'
import type { BadFile } from './bad-files.ts'

export const GOOD_OUTPUTS = `influx:
  - {name: lab, url: "http://influx.example:8086/", username: mp, password_file: influx.pw}
  - {name: hq, url: "https://[2001:db8::60]/base/", version: 2, database: net, org: Acme Inc., token_env: HQ}
alerts:
  routes:
    - {name: siem, kind: cef, host: siem.example, transport: tls, ca_file: ca.pem, filter: {severity: high}}
    - {name: chat, kind: webhook, url: "https://hooks.example/mp?a=b", secret_env: CHAT, resolved: true}
    - {name: noc, kind: mail, host: mail.example, username: mp, password_file: mail.pw, from: mp@hq.example, to: [noc@hq.example]}
    - {name: eve, kind: eve, file: log/eve.json, size_mib: 2, files: 1}
`

const INFLUX = {
  ...{ caFile: null, seriesMax: 20_000, keepDays: 90, keepLongDays: 730, mayCreate: true },
} as const

export const READ_INFLUX = (folder: string): readonly InfluxConfig[] => [
  {
    ...{ ...INFLUX, name: 'lab', url: 'http://influx.example:8086', version: 1 },
    ...{ database: 'mpwatch', org: null, username: 'mp' },
    secret: { from: 'file', path: `${folder}/influx.pw` },
  },
  {
    ...{ ...INFLUX, name: 'hq', url: 'https://[2001:db8::60]/base', version: 2 },
    ...{ database: 'net', org: 'Acme Inc.', username: null },
    secret: { from: 'environment', name: 'HQ' },
  },
]

const EVERYTHING: RouteFilter = {
  severity: 'info',
  rows: null,
  verdicts: null,
  roles: null,
  nodes: null,
  sites: null,
}
const ROUTE: Omit<RouteConfig, 'name' | 'target'> = {
  ...{ tells: 'pages', filter: EVERYTHING, waitS: 10, intervalS: 300, repeatS: 14_400 },
  ...{ perMinuteMax: 30, heartbeatS: null, resolved: false, giveUpS: 86_400 },
}

export const READ_ROUTES = (folder: string): readonly RouteConfig[] => [
  {
    ...{ ...ROUTE, name: 'siem', filter: { ...EVERYTHING, severity: 'high' } },
    target: {
      ...{ kind: 'cef', transport: 'tls', host: 'siem.example', port: 6514 },
      ...{ caFile: `${folder}/ca.pem`, facility: 16 },
    },
  },
  {
    ...{ ...ROUTE, name: 'chat', resolved: true },
    target: {
      ...{ kind: 'webhook', url: 'https://hooks.example/mp?a=b', caFile: null },
      ...{ allowPrivate: false, secret: { from: 'environment', name: 'CHAT' } },
    },
  },
  {
    ...{ ...ROUTE, name: 'noc' },
    target: {
      ...{ kind: 'mail', host: 'mail.example', port: 587, security: 'starttls', username: 'mp' },
      ...{ from: 'mp@hq.example', to: ['noc@hq.example'], caFile: null },
      secret: { from: 'file', path: `${folder}/mail.pw` },
    },
  },
  {
    ...{ ...ROUTE, name: 'eve', tells: 'events', perMinuteMax: 10_000 },
    target: { kind: 'eve', path: `${folder}/log/eve.json`, bytesMax: 2 * 1_048_576, files: 1 },
  },
]

export const BAD_OUTPUTS: Readonly<Record<string, BadFile>> = {
  'a password in it': [
    'password_file: influx.pw',
    'password: hunter2',
    '19:12 version 1 has username, and password_file or password_env: name both, or neither where nobody is asked',
    '19:67 no secret stands in this file: name where it stands, with password_file or password_env',
  ],
  'a token in it': [
    'token_env: HQ',
    'token: hunter2',
    '20:62 version 2 has org, and token_file or token_env: name both',
    '20:96 no secret stands in this file: name where it stands, with token_file or token_env',
  ],
  'a key of signatures in it': [
    'secret_env: CHAT',
    'secret: hunter2',
    '24:72 no secret stands in this file: name where it stands, with secret_file or secret_env',
  ],
  'a token where its variable should be named': [
    'token_env: HQ',
    'token_env: hunter2==',
    '20:107 this is no name of an environment variable: write the name, and never the secret',
  ],
  'a user in the URL of an InfluxDB': [
    'http://influx',
    'http://mp:hunter2@influx',
    '19:22 a secret stands in no configuration and no URL: put it into a file of its own, or into the environment',
  ],
  'a user in the URL of a webhook': [
    'https://hooks',
    'https://hunter2@hooks',
    '24:40 a secret stands in no configuration and no URL: put it into a file of its own, or into the environment',
  ],
  'a query in the URL of an InfluxDB': [
    'example:8086/',
    'example:8086/?p=hunter2',
    '19:22 leave out what begins with "?": database, user and times have keys of their own',
  ],
  'a URL of something else': [
    'http://influx',
    'tcp://influx',
    '19:22 this is no URL: write one such as http://127.0.0.1:8086',
  ],
  'a URL with a line break': [
    'example:8086/"',
    'example:8086/\\n"',
    '19:22 this is no URL: write one such as http://127.0.0.1:8086',
  ],
  'a name that is no file name': [
    'name: lab',
    'name: "../lab"',
    '19:12 "../lab" is no name: write small letters, digits and "-", at most 32',
  ],
  'two of one name': [
    'name: siem',
    'name: lab',
    '23:14 lab is the name of another one too, at mpwatch.yaml:19',
  ],
  'a version that there is not': ['version: 2', 'version: 3', '20:62 must be 1 or 2'],
  'a version without its token': [
    ', token_env: HQ',
    '',
    '20:62 version 2 has org, and token_file or token_env: name both',
  ],
  'a token of the other version': [
    'version: 2, database: net, org: Acme Inc.',
    'version: 1',
    '20:76 version 1 has username, and password_file or password_env; token_env is of the other version',
  ],
  'a user without a password': [
    ', password_file: influx.pw',
    '',
    '19:12 version 1 has username, and password_file or password_env: name both, or neither where nobody is asked',
  ],
  'a password in two places': [
    'password_file: influx.pw',
    'password_file: influx.pw, password_env: PW',
    '19:107 the password stands in a file or in the environment: name one',
  ],
  'a long time that is shorter': [
    'username: mp, password_file: influx.pw',
    'keep_days: 90, keep_long_days: 30',
    '19:84 must be at least keep_days, which is 90',
  ],
  'a long time that ends, beside one that does not': [
    'username: mp, password_file: influx.pw',
    'keep_days: 0, keep_long_days: 30',
    '19:83 must be at least keep_days, which is 0, for ever',
  ],
  'too few series': [
    'token_env: HQ',
    'token_env: HQ, series_max: 10',
    '20:123 must be at least 1000',
  ],
  'a kind with swapped letters': [
    'kind: cef',
    'kind: cfe',
    '23:26 no kind is called "cfe". Did you mean cef?',
  ],
  'a route without a kind': [' kind: cef,', '', '23:7 the key "kind" is missing'],
  'a key of another kind': ['files: 1', 'port: 514', '26:63 no key is called "port".'],
  'a host with a port': [
    'siem.example',
    '"siem.example:514"',
    '23:37 "siem.example:514" is no host: write a name or an address, without a port',
  ],
  'certificates without TLS': [
    'transport: tls',
    'transport: tcp',
    '23:76 tcp has no certificates: write transport: tls, or leave this out',
  ],
  'a severity in capitals': [
    'severity: high',
    'severity: HIGH',
    '23:103 no severity is called "HIGH". Did you mean high?',
  ],
  'a filter for a row with a space': [
    'severity: high',
    'rows: [I 01]',
    '23:100 "I 01" is no name: write letters, digits, ".", "_" and "-", at most 63',
  ],
  'a filter for nothing': ['severity: high', 'rows: []', '23:99 must not be empty'],
  'a filter for an unknown zone': [
    'severity: high',
    'nodes: [web@dnz]',
    '23:101 no zone is called "dnz". Did you mean dmz?',
  ],
  'a webhook in clear': [
    'https://hooks',
    'http://hooks',
    '24:40 without TLS only an address of this computer or of a private network is taken, with allow_private: true',
  ],
  'a webhook in clear to a name that begins like an address': [
    'url: "https://hooks.example/mp?a=b"',
    'url: "http://127.example/mp", allow_private: true',
    '24:40 without TLS only an address of this computer or of a private network is taken, with allow_private: true',
  ],
  'a webhook without a URL': [
    'url: "https://hooks.example/mp?a=b", ',
    '',
    '24:26 name url, url_file or url_env',
  ],
  'a URL in two places': [
    'secret_env: CHAT',
    'secret_env: CHAT, url_file: hunter2',
    '24:100 the URL stands here, in a file or in the environment: name one',
  ],
  'a URL where the name of a variable belongs': [
    'url: "https://hooks.example/mp?a=b"',
    'url_env: "https://hooks.example/hunter2"',
    '24:44 this is no name of an environment variable: write the name, and never the secret',
  ],
  'two keys of signatures': [
    'secret_env: CHAT',
    'secret_env: CHAT, secret_file: key',
    '24:84 the key stands in a file or in the environment: name one',
  ],
  'a mail address with a name': [
    'from: mp@hq.example',
    'from: "Watch <mp@hq.example>"',
    '25:95 "Watch <mp@hq.example>" is no mail address: write one such as noc@example.org',
  ],
  'a password in clear by mail': [
    'username: mp, password_file: mail.pw',
    'security: none, username: mp, password_file: mail.pw',
    '25:61 a password would pass in clear: write starttls or tls',
  ],
  'nobody to write to': ['to: [noc@hq.example]', 'to: []', '25:114 must not be empty'],
  'a repeat before the interval': [
    'files: 1',
    'files: 1, interval_s: 300, repeat_s: 60',
    '26:100 must be at least interval_s, which is 300',
  ],
}
