// Colours for a terminal, and safety for it: what a server sent never reaches the terminal as a control sequence.

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 }

/** Whether `stream` should get colours: a terminal, and nobody said no. https://no-color.org */
export function wantsColour(stream, environment) {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb'
}

/** A function for each style; without colour they give the text back as it is. */
export function painter(colour) {
  const style = (code) => (text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : `${text}`)
  return Object.fromEntries(Object.entries(CODES).map(([name, code]) => [name, style(code)]))
}

/** The text with every control character but line feed and tab made visible. */
export function harmless(text) {
  const visible = (character) => `\\x${character.codePointAt(0).toString(16).padStart(2, '0')}`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  return text.replaceAll('\r\n', '\n').replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, visible)
}
