/**
 * A caller's name as delivered may hold anything. Line breaks and other control characters are made visible, as
 * `↵` and `␀`-like pictures, so that a name cannot pass for two lines or hide what it holds.
 */
export function showControlCharacters(text: string): string {
  return text.replace(/\r\n|[\p{Cc}\u2028\u2029]/gu, (character) => {
    if (character === "\r\n" || character === "\n" || character === "\r") return "↵";
    if (character === "\u2028" || character === "\u2029") return "↵";
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : "\u{fffd}";
  });
}
