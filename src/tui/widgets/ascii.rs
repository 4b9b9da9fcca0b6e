//! A screen of plain ASCII: our own symbols are replaced after drawing; what tenants wrote is left as it is.

use ratatui::buffer::Buffer;

/// Replaces every line, bar and dot that we draw.
pub(crate) fn replace_symbols(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if let Some(plain) = ascii_symbol(cell.symbol()) {
            cell.set_symbol(plain);
        }
    }
}

fn ascii_symbol(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "╭" | "╮" | "╰" | "╯" | "├" | "┤" => "+",
        "─" | "–" | "┄" => "-",
        "━" => "=",
        "│" | "║" | "▐" => "|",
        "█" | "▓" | "■" | "▇" | "▆" => "#",
        "▅" | "▄" | "▃" => "=",
        "▂" | "▁" => "_",
        "░" | "·" => ".",
        "▌" | "▶" | "→" => ">",
        "←" => "<",
        "↑" | "▲" => "^",
        "↓" | "▼" => "v",
        "…" => "~",
        "•" | "●" | "✔" | "✓" => "*",
        "○" => "o",
        "×" | "✗" => "x",
        "≥" => ">",
        symbol if ('\u{2800}'..='\u{28ff}').contains(&symbol.chars().next()?) => "*",
        symbol if ('\u{2400}'..='\u{2426}').contains(&symbol.chars().next()?) => "?",
        _ => return None,
    })
}
