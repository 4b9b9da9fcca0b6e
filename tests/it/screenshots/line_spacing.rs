//! Reduces the line spacing of an SVG. anstyle-svg leaves gaps that tear block characters and borders apart.

/// Line heights in pixels: of anstyle-svg, and of a terminal with this font.
const LIBRARY_LINE_HEIGHT: usize = 18;
const TERMINAL_LINE_HEIGHT: usize = 16;
const FIRST_LINE_Y: usize = 28;

/// Moves the lines of an SVG together, to the line height of a terminal.
pub(super) fn tighten_lines(svg: &str) -> String {
    let last_line = svg.split(" y=\"").filter_map(parse_number).map(line_index).max().unwrap_or(0);
    let mut parts = svg.split(" y=\"");
    let head = parts.next().unwrap_or_default();
    let height = head.split(" height=\"").nth(1).and_then(parse_number).unwrap_or(0);
    let new_height = height.saturating_sub((last_line + 1) * (LIBRARY_LINE_HEIGHT - TERMINAL_LINE_HEIGHT));
    let head = head.replacen(&format!(" height=\"{height}px\""), &format!(" height=\"{new_height}px\""), 1);
    let moved = parts.map(|rest| match parse_number(rest) {
        Some(y) if y >= FIRST_LINE_Y => {
            let digits = y.to_string().len();
            format!(" y=\"{}{}", FIRST_LINE_Y + line_index(y) * TERMINAL_LINE_HEIGHT, &rest[digits..])
        }
        _ => format!(" y=\"{rest}"),
    });
    head.to_owned() + &moved.collect::<String>()
}

fn parse_number(text: &str) -> Option<usize> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

const fn line_index(y: usize) -> usize {
    y.saturating_sub(FIRST_LINE_Y) / LIBRARY_LINE_HEIGHT
}
