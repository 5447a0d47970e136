// XML without a frame: declaration, root element, and what only looks like it.

import { expect, test } from 'vitest'
import { xmlControl } from '../../fixtures/scenario/payloads.ts'
import { xml } from '../../src/protocols/xml.ts'
import { describeOpenings, within } from './watched.ts'

const YES = {
  'a declaration and a root': xmlControl(),
  'a root alone': '<request id="1"/>',
  'a root with a prefix': "<soap:Envelope xmlns:soap='http://example.com/'>",
  'a byte order mark': '\uFEFF<?xml version="1.0"?><request>',
  'comments and instructions': '<?xml version="1.0"?>\n<!-- a > b --><?style x?>\n<request>',
  'a document type': '<?xml version="1.0"?><!DOCTYPE request SYSTEM "request.dtd"><request>',
  'a greater-than in a value': '<request if="a > b">',
  'space in front': '\r\n <request >',
}
const UNSURE = {
  'a declaration alone': '<?xml version="1.0"?>',
  'a tag without end': '<request id="1"',
  'half a word': '<!DOC',
}
const NO = {
  HTML: '<html lang="en"><head>',
  'HTML in capitals': '<HTML>',
  'a document type of HTML': '<!doctype html>',
  'a document type of HTML in capitals': '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN">',
  'HTML behind a declaration': '<?xml version="1.0"?><html xmlns="x">',
  'a priority of syslog': '<34>Oct 11 22:14:15',
  'a comparison': '<- this one',
  'a tag within a tag': '<request <a>',
  'zeros within a tag': '<request\0\0>',
  'an end': '</request>',
  'a name that never ends': `<${'x'.repeat(200)}>`,
  text: 'request',
}

describeOpenings(xml, {
  ...{ yes: { client: YES, server: YES }, unsure: { client: UNSURE, server: UNSURE } },
  no: { client: NO, server: NO },
})

const roots = {
  '<?xml version="1.0"?><request><a/></request>': 'request',
  "<soap:Envelope xmlns:soap='x'>hunter2</soap:Envelope>": 'Envelope',
  '<!DOCTYPE order [<!ELEMENT order ANY>]><order>': 'order',
  '<größe>': 'gr\\xc3\\xb6\\xc3\\x9fe',
}
for (const [document, root] of Object.entries(roots))
  test(`the root of ${document} is ${root}, and no more of it is kept`, () => {
    expect(xml.client.read?.(within(document), true)).toEqual({ operation: root })
  })
