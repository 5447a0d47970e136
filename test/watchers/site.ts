// The site of the watchers' tests: two Application Servers in one datacenter, and what they work with. Cards
// are those that a story gives its hosts, made from their addresses.

export const SITE = `
api_version: mpwatch/v1
site: {name: hq, webex_site: acme.webex.com, external_users: true}
networks:
  - {prefix: 10.10.20.0/24, zone: core}
  - {prefix: 192.0.2.0/27, zone: dmz}
  - {prefix: 10.10.50.0/24, zone: admin-net, role: admin}
  - {prefix: 10.20.0.0/16, zone: user-net, role: enduser-int}
  - {prefix: 10.30.0.0/16, zone: user-net, role: phone}
nodes:
  - {name: app-a, role: app, address: 10.10.20.11, mac: "02:04:0a:0a:14:0b"}
  - {name: app-b, role: app, address: 10.10.20.12, mac: "02:04:0a:0a:14:0c"}
  - {name: app-vip, role: app-vip, address: 10.10.20.10}
  - {name: media-1a, role: media-audio, address: 10.10.20.31}
  - {name: media-1v, role: media-video, address: 10.10.20.32}
  - {name: web-1, role: web, address: 10.10.20.21}
  - {name: web-dmz-1, role: web, address: 192.0.2.20, nat: 198.51.100.20}
  - {name: cucm-1, role: cucm, address: 10.10.20.50}
  - {name: exchange-1, role: exchange, address: 10.10.20.51}
  - {name: exchange-2, role: exchange, address: 10.10.20.52}
  - {name: dns-1, role: [dns, ntp], address: 10.10.20.53}
sensors:
  - {name: core-span, sees: [core, dmz]}
`
