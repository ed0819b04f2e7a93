// Graphs as text and as pictures.
import { describe, expect, it } from 'vitest'
import type { GraphResource } from '../../index.js'
import { drawDot, drawMermaid, pictureOf } from './graph.js'
import { drawSvg } from './svg.js'

const node = (name: string, ...requires: string[]): GraphResource => ({ name, type: 'Acme::Thing', requires })
const diamond = [node('base'), node('left', 'base'), node('right', 'base'), node('top', 'left', 'right')]

describe('a graph', () => {
  const graph = { resources: [node('a "b"'), node('c', 'a "b"')] }

  it('is dot', () => {
    expect(drawDot(pictureOf('web', graph))).toBe(`digraph "web" {
  rankdir = LR
  node [shape = box, style = rounded, fontname = "sans-serif"]
  n0 [label = "a \\"b\\"\\nAcme::Thing"]
  n1 [label = "c\\nAcme::Thing"]
  n0 -> n1
}`)
  })

  it('is mermaid', () => {
    expect(drawMermaid(pictureOf('web', graph))).toBe(`---
title: "web"
---
flowchart LR
  n0["a #34;b#34;<br/>Acme::Thing"]
  n1["c<br/>Acme::Thing"]
  n0 --> n1`)
  })

  it('is a picture in which nothing overlaps and no text becomes markup', () => {
    const svg = drawSvg(pictureOf('a<b', { resources: [...diamond, node('<script>')] }))
    expect(svg).toContain('&lt;script&gt;')
    expect(svg).not.toContain('<script>')
    const boxes = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/g)].map(([, x, y, width]) => ({
      left: Number(x),
      right: Number(x) + Number(width),
      top: Number(y),
    }))
    expect(boxes).toHaveLength(5)
    for (const [index, one] of boxes.entries()) {
      for (const other of boxes.slice(index + 1)) {
        const apart = one.right < other.left || other.right < one.left || Math.abs(one.top - other.top) > 44
        expect(apart).toBe(true)
      }
    }
    expect([...svg.matchAll(/marker-end/g)]).toHaveLength(4)
  })

  it('too large to look at is drawn by type', () => {
    const resources = Array.from({ length: 5_000 }, (_, index) => node(`r${index}`, ...(index > 0 ? ['r0'] : [])))
    expect(drawDot(pictureOf('web', { resources }))).toBe(`digraph "web" {
  // 5,000 resources are too many to draw one by one: they are gathered by type
  rankdir = LR
  node [shape = box, style = rounded, fontname = "sans-serif"]
  n0 [label = "Acme::Thing\\n5,000 resources"]
  n0 -> n0 [label = "4,999"]
}`)
    expect(drawSvg(pictureOf('web', { resources })).length).toBeLessThan(3_000)
  })
})
