// One small site on which every role stands somewhere, and its people by the names that cases use.

/**
 * Every role of the requirements, each zone, and Web Servers of every declared direction of 5003.
 */
export const SITE = `
api_version: mpwatch/v1
site: {name: hq, webex_site: acme.webex.com, external_users: true}
public_prefixes: [198.51.100.0/24]
networks:
  - {prefix: 10.10.20.0/24, zone: core}
  - {prefix: 192.0.2.0/27, zone: dmz}
  - {prefix: 10.10.50.0/24, zone: admin-net, role: admin}
  - {prefix: 10.20.0.0/16, zone: user-net, role: enduser-int}
  - {prefix: 10.30.0.0/16, zone: user-net, role: phone}
nodes:
  - {name: app, role: app, address: 10.10.20.11}
  - {name: app-b, role: app, address: 10.10.20.12}
  - {name: app-vip, role: app-vip, address: 10.10.20.10}
  - {name: audio, role: media-audio, address: 10.10.20.31}
  - {name: video, role: media-video, address: 10.10.20.32}
  - {name: blade, role: [media-audio, media-video], address: 10.10.20.33}
  - {name: all-in-one, role: [app, media-audio], address: 10.10.20.34}
  - {name: audio-dmz, role: media-audio, address: 192.0.2.10}
  - {name: web-int, role: web, address: 10.10.20.21}
  - {name: web-users, role: web, address: 10.20.0.9}
  - {name: web-dmz, role: web, address: 192.0.2.20, nat: 198.51.100.20}
  - {name: web-reverse, role: web, address: 192.0.2.21}
  - {name: web-normal, role: web, address: 192.0.2.22}
  - {name: lcs-gw, role: lcs-gw, address: 10.10.20.41}
  - {name: sametime-gw, role: sametime-gw, address: 10.10.20.42}
  - {name: lcs, role: lcs, address: 10.10.20.43}
  - {name: sametime, role: sametime, address: 10.10.20.44}
  - {name: cucm, role: cucm, address: 10.10.20.50}
  - {name: exchange, role: exchange, address: 10.10.20.51}
  - {name: smtp, role: smtp, address: 10.10.20.52}
  - {name: dns, role: dns, address: 10.10.20.53}
  - {name: ntp, role: ntp, address: 10.10.20.54}
  - {name: sql, role: sql, address: 10.10.20.55}
  - {name: socks, role: socks-proxy, address: 10.10.20.80}
  - {name: proxy, role: http-proxy, address: 10.10.20.81}
  - {name: router, role: router, address: 10.10.20.1}
  - {name: sensor, role: sensor, address: 10.10.20.99}
modes:
  gwsim: {web-reverse: reverse, web-normal: normal}
  socks: {proxy: 10.10.20.80, port: 1080}
  https: true
sensors:
  - {name: core-span, sees: [core]}
  - {name: dmz-span, sees: [dmz]}
  - {name: both-spans, sees: [core, dmz]}
`

/** The site without a line that contains the text. */
export const siteWithout = (text: string): string =>
  SITE.split('\n')
    .filter(line => !line.includes(text))
    .join('\n')

/** The addresses of the site, and of those whom it does not name. */
export const PEOPLE: Readonly<Record<string, string>> = {
  ...{ app: '10.10.20.11', 'app-b': '10.10.20.12', 'app-vip': '10.10.20.10' },
  ...{ audio: '10.10.20.31', video: '10.10.20.32', blade: '10.10.20.33' },
  ...{ 'all-in-one': '10.10.20.34', 'audio-dmz': '192.0.2.10' },
  ...{ 'web-int': '10.10.20.21', 'web-users': '10.20.0.9' },
  ...{ 'web-dmz': '192.0.2.20', 'web-nat': '198.51.100.20' },
  ...{ 'web-reverse': '192.0.2.21', 'web-normal': '192.0.2.22' },
  ...{ 'lcs-gw': '10.10.20.41', 'sametime-gw': '10.10.20.42' },
  ...{ lcs: '10.10.20.43', sametime: '10.10.20.44' },
  ...{ cucm: '10.10.20.50', exchange: '10.10.20.51', smtp: '10.10.20.52' },
  ...{ dns: '10.10.20.53', ntp: '10.10.20.54', sql: '10.10.20.55' },
  ...{ socks: '10.10.20.80', proxy: '10.10.20.81' },
  ...{ router: '10.10.20.1', sensor: '10.10.20.99' },
  ...{ admin: '10.10.50.5', enduser: '10.20.3.4', phone: '10.30.1.1' },
  ...{ external: '203.0.113.9', webex: '64.68.100.1' },
  // Nobody declared these, though their networks are known.
  ...{ 'stranger-core': '10.10.20.200', 'stranger-dmz': '192.0.2.30' },
  ...{ 'stranger-public': '198.51.100.99', 'stranger-private': '172.16.5.5' },
}
