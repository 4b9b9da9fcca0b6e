//! Lines without gaps: the library leaves more between them than a block takes, and columns would fall to pieces.

/// The library's distance of two lines, and that of a terminal with this font.
const WIDE: usize = 18;
const CLOSE: usize = 16;
/// Where the first line stands.
const FIRST: usize = 28;

/// The same picture with its lines as near as a terminal has them.
pub(super) fn closed(picture: &str) -> String {
    let rows = picture.split(" y=\"").filter_map(number).map(row).max().unwrap_or(0);
    let mut parts = picture.split(" y=\"");
    let head = parts.next().unwrap_or_default();
    let height = head.split(" height=\"").nth(1).and_then(number).unwrap_or(0);
    let lower = height.saturating_sub((rows + 1) * (WIDE - CLOSE));
    let head = head.replacen(&format!(" height=\"{height}px\""), &format!(" height=\"{lower}px\""), 1);
    let moved = parts.map(|rest| match number(rest) {
        Some(y) if y >= FIRST => {
            let digits = y.to_string().len();
            format!(" y=\"{}{}", FIRST + row(y) * CLOSE, &rest[digits..])
        }
        _ => format!(" y=\"{rest}"),
    });
    head.to_owned() + &moved.collect::<String>()
}

fn number(text: &str) -> Option<usize> {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

const fn row(y: usize) -> usize {
    y.saturating_sub(FIRST) / WIDE
}
