//! Lines without gaps: the library leaves more between them than a block takes, and columns would fall to pieces.

/// The library's distance of two lines, and that of a terminal with this font.
const LIBRARY_LINE_HEIGHT: usize = 18;
const TERMINAL_LINE_HEIGHT: usize = 16;
/// Where the first line stands.
const FIRST_LINE_Y: usize = 28;

/// The same picture with its lines as near as a terminal has them.
pub(super) fn tighten_lines(picture: &str) -> String {
    let rows = picture.split(" y=\"").filter_map(parse_number).map(line_index).max().unwrap_or(0);
    let mut parts = picture.split(" y=\"");
    let head = parts.next().unwrap_or_default();
    let height = head.split(" height=\"").nth(1).and_then(parse_number).unwrap_or(0);
    let lower = height.saturating_sub((rows + 1) * (LIBRARY_LINE_HEIGHT - TERMINAL_LINE_HEIGHT));
    let head = head.replacen(&format!(" height=\"{height}px\""), &format!(" height=\"{lower}px\""), 1);
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
