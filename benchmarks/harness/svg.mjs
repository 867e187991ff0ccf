// What the charts share: text, colours, the frame. An SVG that a README shows stands on a page of any colour, and sees of the
// reader's taste only `prefers-color-scheme`; so it brings its own background, dark where that is preferred.
export const escaped = (value) => String(value).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

const STYLE = `
  .page { fill: #ffffff; stroke: #d0d7de } text { fill: #24292f; font-size: 12px }
  .quiet { fill: #57606a } .strong { font-weight: 600 } .small { font-size: 11px } .head { font-size: 14px; font-weight: 600 }
  .grid { stroke: #d8dee4 } .bar-ours { fill: #0f8a7d } .bar-peer { fill: #8c959f } .bar-floor { fill: #c9d1d9 }
  .line { fill: none; stroke-width: 2 } .ours { stroke: #0f8a7d } .peer { stroke: #bf5b16 } .floor { stroke: #8c959f }
  .dot-ours { fill: #0f8a7d } .dot-peer { fill: #bf5b16 } .dot-floor { fill: #8c959f } .missed { fill: #bf5b16 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #30363d } text { fill: #e6edf3 } .quiet { fill: #9198a1 } .grid { stroke: #262c36 }
    .bar-ours { fill: #2fb8a6 } .bar-peer { fill: #6e7681 } .bar-floor { fill: #3d444d }
    .ours { stroke: #2fb8a6 } .peer { stroke: #f0883e } .floor { stroke: #8b949e }
    .dot-ours { fill: #2fb8a6 } .dot-peer { fill: #f0883e } .dot-floor { fill: #8b949e } .missed { fill: #f0883e }
  }`

/** `options.kind` is 'ours', 'peer' or 'floor'. */
export const kindOf = (client) =>
  client.startsWith('rockpool') ? 'ours' : client.startsWith('floor') ? 'floor' : 'peer'

/** Text at a point; `classes` and `anchor` as in SVG. */
export const text = (x, y, content, { classes = '', anchor } = {}) =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}"${classes === '' ? '' : ` class="${classes}"`}${anchor === undefined ? '' : ` text-anchor="${anchor}"`}>${escaped(content)}</text>`

/** The whole picture. */
export function picture({ width, height, title, parts }) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${parts.join('\n')}
</svg>
`
}
