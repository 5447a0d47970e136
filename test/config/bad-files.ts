// Ways to spoil the good files of files.ts, and what is told of each: `line:column message`.

/** What is written instead of what, and every problem that comes of it. */
export type BadFile = readonly [before: string, after: string, ...problems: string[]]

export const BAD_POLICY: Readonly<Record<string, BadFile>> = {
  'a key that nobody knows': [
    '    from: {roles: [admin]',
    '    form: {roles: [admin]',
    '7:5 the key "from" is missing',
    '11:5 no key is called "form". Did you mean from?',
  ],
  'a key in camel case': [
    'api_version: mpwatch/v1',
    'apiVersion: mpwatch/v1',
    '1:1 the key "api_version" is missing',
    '1:1 no key is called "apiVersion". Did you mean api_version?',
  ],
  'another version': ['mpwatch/v1', 'mpwatch/v2', '1:14 must be mpwatch/v1'],
  'a row without a sentence': [
    '    says: Administrators log in here.\n',
    '',
    '7:5 the key "says" is missing',
  ],
  'an empty sentence': ['says: Administrators log in here.', 'says: ""', '10:11 must not be empty'],
  'a sentence that was left out': [
    'says: Administrators log in here.',
    'says:',
    '10:10 must be text, not empty',
  ],
  'a role with swapped letters': [
    'roles: [admin]',
    'roles: [amdin]',
    '11:20 no role is called "amdin". Did you mean admin?',
  ],
  'a zone that nobody knows': [
    'app@core',
    'app@cor',
    '21:18 no zone is called "cor". Did you mean core?',
  ],
  'a selector with two zones': [
    'app@core',
    'app@core@dmz',
    '21:18 "app@core@dmz" names two zones: write role@zone',
  ],
  'an empty list of roles': ['roles: [admin]', 'roles: []', '11:19 must not be empty'],
  'a port above 65535': ['tcp/22', 'tcp/70000', '13:10 70000 is no port: ports are 1 to 65535'],
  'port zero': ['tcp/22', 'tcp/0', '13:10 0 is no port: ports are 1 to 65535'],
  'a range that runs backwards': [
    'udp/16384-32767',
    'udp/32767-16384',
    '22:10 the range runs backwards: write 16384-32767',
  ],
  'a port that is a word': [
    'tcp/22',
    'tcp/ssh',
    '13:10 "ssh" is no port or range such as 80 or 16384-32767',
  ],
  'a port without transport': [
    '[tcp/22]',
    '[22]',
    '13:10 must be text, not the number 22: put it in quotes',
  ],
  'a transport that nobody knows': [
    'tcp/22',
    'tpc/22',
    '13:10 no transport is called "tpc". Did you mean tcp?',
  ],
  'an ICMP type other than echo': [
    'icmp/echo',
    'icmp/13',
    '22:27 of ICMP only icmp/echo can be named, not "13"',
  ],
  'ports that are no list': [
    'l4: [tcp/22]',
    'l4: tcp/22',
    '13:9 must be a list, not the text "tcp/22"',
  ],
  'an unknown kind': ['kind: incoming', 'kind: practice', '8:11 no kind is called "practice".'],
  'an unknown basis': ['basis: inferred', 'basis: guessed', '20:35 no basis is called "guessed".'],
  'an unknown protocol': [
    'expect: [ssh]',
    'expect: [shs]',
    '14:20 no protocol is called "shs". Did you mean ssh?',
  ],
  'an unknown table': ['table: incoming,', 'table: inbound,', '9:35 no table is called "inbound".'],
  'an exposure class that does not exist': [
    'exposure: X1',
    'exposure: X7',
    '15:15 no exposure is called "X7". Did you mean X0?',
  ],
  'a class that includes one that does not exist': [
    'includes: X0',
    'includes: X9',
    '5:41 no exposure is called "X9". Did you mean X0?',
  ],
  'a class that includes itself': [
    'says: Local only.',
    'includes: X1, says: Local only.',
    '4:18 X0 includes itself',
    '5:41 X1 includes itself',
  ],
  'a statement that does not exist': [
    'reversed: S-10',
    'reversed: S-11',
    '23:15 no statement is called "S-11". Did you mean S-10?',
  ],
  'an id given twice': [
    'id: I-13',
    'id: I-01',
    '16:9 the id "I-01" is given twice; first in rules/policy.yaml:7',
    '28:27 no row is called "I-13".',
  ],
  'an id shared by a row and a statement': [
    '{id: S-10',
    '{id: I-01',
    '23:15 no statement is called "S-10".',
    '26:10 the id "I-01" is given twice; first in rules/policy.yaml:7',
  ],
  'an id with a blank': [
    'id: I-13',
    'id: I 13',
    '16:9 "I 13" is no name: write letters, digits, ".", "_" and "-", at most 63',
    '28:27 no row is called "I-13". Did you mean I 13?',
  ],
  'an advisory that does not exist': [
    'udp: transport_unusual',
    'udp: transport_odd',
    '24:21 no advisory is called "transport_odd".',
  ],
  'an advisory for two transports': [
    '{udp: tr',
    '{tcp: shared_address, udp: tr',
    '24:15 name one transport only, or write one word for all',
  ],
  'a limit on a row that does not exist': [
    'on: [I-01, I-13]',
    'on: [I-01, I-14]',
    '28:27 no row is called "I-14". Did you mean I-13?',
  ],
  'a limit that is text': [
    'value: 100',
    'value: fast',
    '28:57 must be a number, not the text "fast"',
  ],
  'a window without its unit': [
    'value: 100',
    'value: 100, window: 60',
    '28:70 must be text, not the number 60: put it in quotes',
  ],
  'a window of a unit that is not used': [
    'value: 100',
    'value: 100, window: 1h',
    '28:70 "1h" is no time: write 60s or 15m',
  ],
  'a window that is told in pieces': [
    'value: 100',
    'value: 100, window: 45s',
    '28:70 "45s" is no multiple of 10 s: write 60s or 15m',
  ],
  'a breach that lasts so many samples, and nobody says within what': [
    'value: 100',
    'value: 100, sustain: {samples: 5}',
    '28:71 write {samples: 5, within: 60s}, or {windows: 2}',
  ],
  'a breach that lasts both samples and windows': [
    'value: 100',
    'value: 100, sustain: {samples: 5, within: 60s, windows: 2}',
    '28:71 write {samples: 5, within: 60s}, or {windows: 2}',
  ],
  'a breach that lasts no window': [
    'value: 100',
    'value: 100, sustain: {windows: 0}',
    '28:81 must be at least 1',
  ],
  'true written as text': [
    'strict_outbound: false',
    'strict_outbound: "no"',
    '2:38 must be true or false, not the text "no"',
  ],
  'an exception for half an address': [
    '198.51.100.9/32',
    '198.51.100/32',
    '30:48 "198.51.100/32" is no address prefix: write one such as 10.10.20.0/24',
  ],
  'an exception to a day that does not exist': [
    '2027-01-31',
    '2027-02-31',
    '30:115 "2027-02-31" is no day: write year-month-day, 2027-01-31',
  ],
  'an exception without an owner': ['owner: noc, ', '', '30:5 the key "owner" is missing'],
  'rows that are no list': [
    'rows:\n  - id: I-01',
    'rows:\n  - \n  - id: I-01',
    '7:5 must be a map of keys, not empty',
  ],
  'a tab for indentation': [
    '    kind: incoming\n    cite: {section: Ports, t',
    '\tkind: incoming\n    cite: {section: Ports, t',
    '8:1 a tab indents this line: use spaces',
  ],
  'a bracket that is not closed': [
    '[udp/16384-32767, icmp/echo]',
    '[udp/16384-32767, icmp/echo',
    '23:5 flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  'a quote that is not closed': [
    'row: SSH 22}',
    'row: "SSH 22}',
    '9:78 the quotation that begins here does not end',
  ],
  'a colon in the middle of a text': [
    'says: Administrators log in here.',
    'says: Note: log in here.',
    '10:11 a map begins inside a line: put it on its own line, or the text in quotes',
  ],
  'a key given twice': [
    '    exposure: X1',
    '    says: Again.\n    exposure: X1',
    '15:5 the key "says" stands here twice; first on line 10',
  ],
  'an anchor': [
    'l4: [tcp/22]',
    'l4: &ports [tcp/22]',
    '13:9 anchors are not used here: write the value where it is needed',
  ],
  'an alias': ['l4: [tcp/22]', 'l4: *ports', '13:9 aliases are not used here: write the value out'],
  'a merge key': [
    'exposure: X1',
    '<<: {exposure: X1}',
    '15:5 merge keys are not used here: write the keys out',
  ],
  'a tag': [
    'id: I-13',
    'id: !!str I-13',
    '16:9 tags are not used here: write the value without it',
  ],
  'a directive': [
    'api_version',
    '%YAML 1.2\n---\napi_version',
    '1:1 directives are not used here: leave the line out',
  ],
  'a second document': [
    'limits:',
    '---\nlimits:',
    '27:1 a second document begins here: one file holds one',
  ],
  'a key that is a list': ['exposure: X1', '[exposure]: X1', '15:5 a key must be one word of text'],
  'a key called __proto__': [
    'exposure: X1',
    '__proto__: {exposure: X1}',
    '15:5 no key may be called __proto__',
  ],
  'an escape that does not exist': [
    'row: SSH 22',
    'row: "SSH\\q22"',
    '9:82 a backslash in double quotes must be doubled, or use single quotes',
  ],
}

export const BAD_WEBEX: Readonly<Record<string, BadFile>> = {
  'a prefix that does not begin on its boundary': [
    'cidr: 64.68.96.0/19',
    'cidr: 64.68.97.0/19',
    '7:24 "64.68.97.0/19" does not begin on its own boundary: write 64.68.96.0/19',
  ],
  'a range that is not the prefix': [
    '64.68.127.255',
    '64.68.128.255',
    '7:46 64.68.96.0/19 is 64.68.96.0 - 64.68.127.255: one of the two is wrong',
  ],
  'a prefix shorter than the range': [
    'cidr: 208.8.81.0/24',
    'cidr: 208.8.80.0/20',
    '8:46 208.8.80.0/20 is 208.8.80.0 - 208.8.95.255: one of the two is wrong',
  ],
  'a range inside another': [
    'cidr: 208.8.81.0/24, range: 208.8.81.0 - 208.8.81.255',
    'cidr: 64.68.127.0/24, range: 64.68.127.0 - 64.68.127.255',
    '8:24 overlaps W-08, which is 64.68.96.0/19',
  ],
  'a name of a content network outside the domain': [
    'webex_ranges:',
    'cdn_names: [akamaicdn.webex.com, evilwebex.com]\nwebex_ranges:',
    '2:34 evilwebex.com is no name of webex.com',
  ],
  'an issuer that would be everybody': [
    'webex_ranges:',
    'interception_issuers: [""]\nwebex_ranges:',
    '2:24 must not be empty',
  ],
  'a prefix that is too long': [
    '208.8.81.0/24',
    '208.8.81.0/33',
    '8:24 "208.8.81.0/33" is no address prefix: write one such as 10.10.20.0/24',
  ],
  'a list without entries': [
    '  ranges:\n',
    '  ranges: []\n  rangez:\n',
    '6:11 must not be empty',
    '7:3 no key is called "rangez". Did you mean ranges?',
  ],
  'a date in another order': [
    '2026-11-22',
    '22.11.2026',
    '5:9 "22.11.2026" is no day: write year-month-day, 2027-01-31',
  ],
}

export const BAD_PRACTICE: Readonly<Record<string, BadFile>> = {
  'an item that is neither on nor off': [
    'enabled: false, ',
    '',
    '3:5 the key "enabled" is missing',
  ],
  'an id of the policy': [
    'id: P-02',
    'id: I-01',
    '4:10 the id "I-01" is given twice; first in rules/policy.yaml:7',
  ],
}

export const BAD_SITE: Readonly<Record<string, BadFile>> = {
  'a role that nobody knows': [
    'role: app,',
    'role: ap,',
    '9:25 no role is called "ap". Did you mean app?',
  ],
  'a role that is close to none': [
    'role: app,',
    'role: printer,',
    '9:25 no role is called "printer".',
  ],
  'a zone that nobody knows': [
    'zone: dmz',
    'zone: dmx',
    '6:34 no zone is called "dmx". Did you mean dmz?',
  ],
  'the zone of what is not declared': [
    'zone: dmz',
    'zone: unknown-private',
    '6:34 no zone is called "unknown-private".',
  ],
  'a prefix with host bits': [
    '10.20.0.0/16',
    '10.20.1.0/16',
    '7:14 "10.20.1.0/16" does not begin on its own boundary: write 10.20.0.0/16',
  ],
  'a prefix that is a word': [
    '10.20.0.0/16',
    'users',
    '7:14 "users" is no address prefix: write one such as 10.10.20.0/24',
  ],
  'a prefix declared twice': [
    '192.0.2.0/27',
    '10.10.20.0/24',
    '6:14 10.10.20.0/24 is declared twice; first in site.yaml:5',
    '11:39 192.0.2.20 lies in no declared network: declare the network, or give the node a zone',
  ],
  'an address of five parts': [
    'address: 10.10.20.11',
    'address: 10.10.20.11.1',
    '9:39 "10.10.20.11.1" is no IP address: write 10.10.20.11 or 2001:db8::11',
  ],
  'an address with a prefix length': [
    'address: 10.10.20.11',
    'address: 10.10.20.11/24',
    '9:39 "10.10.20.11/24" is no IP address: leave the prefix length out',
  ],
  'an address of two nodes': [
    '10.10.20.32',
    '10.10.20.11',
    '10:78 10.10.20.11 is already an address of app-a',
  ],
  'a nat address that is a node': [
    'nat: 198.51.100.20',
    'nat: 10.10.20.31',
    '11:56 10.10.20.31 is already an address of media-1',
  ],
  'a name of two nodes': [
    'name: proxy',
    'name: app-a',
    '12:12 the name "app-a" is given twice; first in site.yaml:9',
  ],
  'an address in no network': [
    'address: 192.0.2.20',
    'address: 192.0.2.40',
    '11:39 192.0.2.40 lies in no declared network: declare the network, or give the node a zone',
  ],
  'a MAC address of five parts': [
    '00:1B:54:AA:00:11',
    '00:1B:54:AA:00',
    '9:57 "00:1B:54:AA:00" is no MAC address: write one such as "00:1b:54:aa:00:11"',
  ],
  'a mode of a node that does not exist': [
    '{web-1: reverse}',
    '{web-2: reverse}',
    '14:11 no node is called "web-2". Did you mean web-1?',
  ],
  'a mode of a node that is no Web Server': [
    '{web-1: reverse}',
    '{app-a: reverse}',
    '14:11 app-a is no Web Server, and only those have a gwsim mode',
  ],
  'a mode that does not exist': [
    'web-1: reverse',
    'web-1: backwards',
    '14:18 no gwsim mode is called "backwards".',
  ],
  'a SOCKS port that is too high': [
    'socks: {proxy: 172.16.0.1}',
    'socks: {proxy: 172.16.0.1, port: 70000}',
    '15:36 must be at most 65535',
  ],
  'a SOCKS port that is no whole number': [
    'socks: {proxy: 172.16.0.1}',
    'socks: {proxy: 172.16.0.1, port: 10.5}',
    '15:36 must be a whole number, not the number 10.5',
  ],
  'a sensor in a zone that does not exist': [
    'sees: [core, dmz]',
    'sees: [core, dnz]',
    '17:36 no zone is called "dnz". Did you mean dmz?',
  ],
  'a dynamic range that runs backwards': [
    '49152-65535',
    '65535-49152',
    '11:86 the range runs backwards: write 49152-65535',
  ],
  'nothing said of people outside': [
    ', external_users: true',
    '',
    '2:7 the key "external_users" is missing: web-1 is a Web Server in the dmz, so say true or false: do people on the Internet use it?',
  ],
  'a number for a name': [
    'name: hq',
    'name: 7',
    '2:14 must be text, not the number 7: put it in quotes',
  ],
  'a WebEx site that is an address bar': [
    'acme.webex.com',
    'https://acme.webex.com/',
    '2:30 "https://acme.webex.com/" is no host name',
  ],
  'the placeholder of the document': [
    'acme.webex.com',
    'YOURSITENAME.webex.com',
    '2:30 "YOURSITENAME.webex.com" is a placeholder: put what holds at your site',
  ],
  'the placeholder of the example': [
    'name: media-1',
    'name: CHANGE-ME',
    '10:12 "CHANGE-ME" is a placeholder: put what holds at your site',
  ],
  'an exception given twice': [
    'exceptions:\n',
    'exceptions:\n  - {id: EX-1, row: I-01, from: proxy, to: app, l4: tcp/22, owner: noc, reason: again, expires: 2027-01-31}\n',
    '20:10 the id "EX-1" is given twice; first in site.yaml:19',
  ],
}
