//! ASCII mode: replaces the symbols that keypool draws; other text, e.g. tenant names, stays unchanged.

use ratatui::buffer::Buffer;

pub(crate) fn replace_symbols(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if let Some(plain) = ascii_symbol(cell.symbol()) {
            cell.set_symbol(plain);
        }
    }
}

fn ascii_symbol(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        "╭" | "╮" | "╰" | "╯" | "├" | "┤" | "┬" | "┴" | "┼" | "┌" | "┐" | "└" | "┘" | "✓" | "✔" => {
            "+"
        }
        "─" | "–" | "┄" | "○" => "-",
        "━" => "=",
        "│" | "║" | "▐" => "|",
        "█" | "▓" | "■" | "▇" => "#",
        "▆" => "+",
        "▅" => "=",
        "▄" => "-",
        "▃" => ":",
        "▂" | "░" | "·" => ".",
        "▁" => "_",
        "▌" | "►" | "▸" | "→" => ">",
        "←" => "<",
        "↑" => "^",
        "↓" | "▼" | "▾" => "v",
        "…" => "~",
        "•" => "*",
        "●" => "o",
        "×" | "✗" => "x",
        "≥" => ">",
        "▲" | "⚠" => "!",
        symbol if ('\u{2800}'..='\u{28ff}').contains(&symbol.chars().next()?) => "*",
        symbol if ('\u{2400}'..='\u{2426}').contains(&symbol.chars().next()?) => "?",
        _ => return None,
    })
}
