//! Converts a rendered buffer to text with SGR sequences.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// The screen as ANSI text for a terminal with this background colour.
pub(super) fn to_ansi(buffer: &Buffer, background: Color) -> String {
    let rows = buffer.content.chunks(buffer.area.width.into()).map(|cells| row_to_ansi(cells, background));
    rows.collect::<Vec<_>>().join("\n")
}

fn row_to_ansi(cells: &[Cell], background: Color) -> String {
    let mut line = String::new();
    let mut style = String::new();
    let mut column = 0;
    while let Some(cell) = cells.get(column) {
        let next = sgr_sequence(cell, background);
        if next != style {
            line.push_str(&next);
            style = next;
        }
        line.push_str(cell.symbol());
        column += cell.symbol().width().max(1);
    }
    line + "\x1b[0m"
}

fn sgr_sequence(cell: &Cell, background: Color) -> String {
    let bg = if cell.bg == background { Color::Reset } else { cell.bg };
    let attributes = [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
    ];
    let set = attributes.iter().filter(|(modifier, _)| cell.modifier.contains(*modifier));
    let codes = set.map(|(_, code)| code.to_string());
    let colors = [color_code(cell.fg, 38, 30, 90), color_code(bg, 48, 40, 100)].into_iter().flatten();
    // One sequence for each code: anstyle-svg mixes up two colours in one sequence.
    std::iter::once("0".to_owned()).chain(codes).chain(colors).map(|code| format!("\x1b[{code}m")).collect()
}

/// The SGR code of a colour. `extended` introduces an indexed or RGB colour; `dark_black` and `bright_black` are the
/// codes of the first dark and the first bright colour.
fn color_code(color: Color, extended: u8, dark_black: u8, bright_black: u8) -> Option<String> {
    let code = match color {
        Color::Reset => return None,
        Color::Black => dark_black,
        Color::Red => dark_black + 1,
        Color::Green => dark_black + 2,
        Color::Yellow => dark_black + 3,
        Color::Blue => dark_black + 4,
        Color::Magenta => dark_black + 5,
        Color::Cyan => dark_black + 6,
        Color::Gray => dark_black + 7,
        Color::DarkGray => bright_black,
        Color::LightRed => bright_black + 1,
        Color::LightGreen => bright_black + 2,
        Color::LightYellow => bright_black + 3,
        Color::LightBlue => bright_black + 4,
        Color::LightMagenta => bright_black + 5,
        Color::LightCyan => bright_black + 6,
        Color::White => bright_black + 7,
        Color::Indexed(index) => return Some(format!("{extended};5;{index}")),
        Color::Rgb(red, green, blue) => return Some(format!("{extended};2;{red};{green};{blue}")),
    };
    Some(code.to_string())
}

pub(super) fn to_rgb(color: Color) -> anstyle::Color {
    match color {
        Color::Rgb(red, green, blue) => anstyle::RgbColor(red, green, blue).into(),
        other => panic!("{other} is not a true colour"),
    }
}
