//! The symbols that begin list items.

/// Symbols that are always bullets or boxes to tick when they stand before words.
pub const BULLETS: &[char] = &[
    '•', '·', '∙', '●', '○', '◦', '‣', '⁃', '■', '□', '▪', '▫', '◆', '◇', '◻', '⬥', '⬧', '❖', '♦', '➢', '➤',
    '➔', '►', '▶', '▸', '☐', '☑', '☒', '❏', '❑', '❒', '✓', '✔', '✗', '✘', '✅', '❌', '\u{f0b7}', '\u{f0a7}',
    '\u{fffd}',
];

/// Whether a character is a bullet. Dashes, stars and the letter `o` are bullets only where the format says so.
pub fn is_bullet(c: char) -> bool {
    BULLETS.contains(&c)
}
