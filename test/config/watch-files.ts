// A small good configuration, ways to spoil it, and what is told of each: `line:column message`.

import type { BadFile } from './bad-files.ts'
import { GOOD_OUTPUTS } from './watch-output-files.ts'

export const GOOD_WATCH = `api_version: mpwatch/v1
site: site.yaml
rules: rules
interfaces:
  - {name: eth1, sensor: core-span}
  - {name: eth2, sensor: dmz-span}
capture:
  tool: tcpdump
  tools: {tcpdump: bin/tcpdump}
  snap_bytes: 1514
  filter: not port 22
  buffer_mib: 32
  silent_s: 30
store: {folder: store, metrics_mib: 512, metrics_days: 30, findings_days: 365}
control: {socket: run/control.sock}
metrics: {listen: "127.0.0.1:9475", expose: false}
log: {level: warn, file: mpwatch.log}
${GOOD_OUTPUTS}`

export const BAD_WATCH: Readonly<Record<string, BadFile>> = {
  'no version': ['api_version: mpwatch/v1\n', '', '1:1 the key "api_version" is missing'],
  'another version': ['mpwatch/v1', 'mpwatch/v2', '1:14 must be mpwatch/v1'],
  'a key that nobody knows': [
    'interfaces:',
    'interface:',
    '4:1 no key is called "interface". Did you mean interfaces?',
  ],
  'a key below a section that nobody knows': [
    'snap_bytes: 1514',
    'snaplen: 1514',
    '10:3 no key is called "snaplen".',
  ],
  'interfaces that are no list': [
    'interfaces:\n  - {name: eth1, sensor: core-span}\n  - {name: eth2, sensor: dmz-span}',
    'interfaces: eth1',
    '4:13 must be a list, not the text "eth1"',
  ],
  'an interface that is a word': [
    '{name: eth2, sensor: dmz-span}',
    'eth2',
    '6:5 must be a map of keys, not the text "eth2"',
  ],
  'an interface without a name': [
    '{name: eth2, sensor',
    '{sensor',
    '6:5 the key "name" is missing',
  ],
  'an interface twice': ['eth2', 'eth1', '6:12 eth1 stands here twice; it is entry 1 too'],
  'an interface that could be an option': [
    'name: eth2',
    'name: "-weth2"',
    '6:12 "-weth2" is no name of an interface',
  ],
  'an interface with a name that is too long': [
    'name: eth2',
    'name: abcdefghijklmnop',
    '6:12 "abcdefghijklmnop" is no name of an interface',
  ],
  'all interfaces at once': [
    'name: eth2',
    'name: any',
    '6:12 "any" is no interface: name each, so that each has its own counts',
  ],
  'a sensor with spaces': [
    'sensor: dmz-span',
    'sensor: the dmz',
    '6:26 "the dmz" is no name: write letters, digits, ".", "_" and "-", at most 63',
  ],
  'a tool with swapped letters': [
    'tool: tcpdump',
    'tool: tcpdmup',
    '8:9 no tool is called "tcpdmup". Did you mean tcpdump?',
  ],
  'a path in the home of somebody': [
    'bin/tcpdump',
    '~/tcpdump',
    '9:20 "~/tcpdump": "~" means nothing here, write the path out',
  ],
  'packets cut too short': ['1514', '64', '10:15 must be at least 256'],
  'packets longer than any': ['1514', '262145', '10:15 must be at most 262144'],
  'a number in quotes': ['1514', '"1514"', '10:15 must be a number, not the text "1514"'],
  'half a byte': ['1514', '1514.5', '10:15 must be a whole number, not the number 1514.5'],
  'a filter that is an option': [
    'not port 22',
    '-w stolen.pcap',
    '11:11 a filter cannot begin with "-"',
  ],
  'an empty filter': ['not port 22', '""', '11:11 must not be empty'],
  'no buffer': ['buffer_mib: 32', 'buffer_mib: 0', '12:15 must be at least 1'],
  'silence for too short a time': ['silent_s: 30', 'silent_s: 1', '13:13 must be at least 5'],
  'a time in words': [
    'silent_s: 30',
    'silent_s: 30s',
    '13:13 must be a number, not the text "30s"',
  ],
  'too little room': ['metrics_mib: 512', 'metrics_mib: 1', '14:37 must be at least 64'],
  'days without end': [
    'findings_days: 365',
    'findings_days: .inf',
    '14:75 must be a number, not the number Infinity',
  ],
  'a place to listen that is a port': [
    '"127.0.0.1:9475"',
    '"9475"',
    '16:19 "9475" is no place to listen: write 127.0.0.1:9475, or off',
  ],
  'a host by its name': [
    '"127.0.0.1:9475"',
    '"monitor.example:9475"',
    '16:19 "monitor.example:9475" is no place to listen: write 127.0.0.1:9475, or off',
  ],
  'a port of root': [
    '127.0.0.1:9475',
    '127.0.0.1:80',
    '16:19 80 is no port to listen on: take one from 1024 to 65535',
  ],
  'a place that others reach': [
    '127.0.0.1:9475',
    '0.0.0.0:9475',
    '16:19 other hosts can reach 0.0.0.0, and nothing asks them for a password: take 127.0.0.1, or write "expose: true" below "metrics" where that is meant',
  ],
  'an unknown level': ['level: warn', 'level: loud', '17:14 no level is called "loud".'],
  'an anchor': [
    'eth1',
    '&a eth1',
    '5:12 anchors are not used here: write the value where it is needed',
  ],
  'two mistakes': [
    'silent_s: 30\nstore: {folder: store',
    'silent_s: 1\nstore: {foldr: store',
    '13:13 must be at least 5',
    '14:9 no key is called "foldr". Did you mean folder?',
  ],
}
