//! Writes changed cells in few bytes: short moves, and only the attributes that differ from the cell before.

use std::io::{self, Write};

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Unchanged cells up to this number are written again: a move is not shorter.
const MAX_GAP: u16 = 3;

/// The attributes with their SGR codes.
const ATTRIBUTES: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];
/// The attributes that are seen on a space.
const SEEN_ON_SPACE: Modifier = Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT);

const BOLD_AND_DIM: Modifier = Modifier::BOLD.union(Modifier::DIM);

/// Where the terminal writes next, and how.
struct Pen {
    /// `None` after a symbol that is not one cell wide.
    position: Option<(u16, u16)>,
    /// Whether the terminal agrees for certain: some give symbols other than ASCII two cells.
    is_position_certain: bool,
    style: PenStyle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PenStyle {
    fg: Color,
    bg: Color,
    attributes: Modifier,
}

const PLAIN: PenStyle = PenStyle { fg: Color::Reset, bg: Color::Reset, attributes: Modifier::empty() };

/// Writes the cells that look different in `next`. Begins and ends with plain attributes.
pub(super) fn write_changes(out: &mut impl Write, shown: &Buffer, next: &Buffer) -> io::Result<()> {
    let mut pen = Pen { position: None, is_position_certain: true, style: PLAIN };
    for (x, y, cell) in shown.diff_iter(next) {
        if shown.cell((x, y)).is_some_and(|old| looks_equal(old, cell)) {
            continue;
        }
        pen.move_to(out, (x, y), next)?;
        pen.write(out, cell)?;
    }
    pen.set_style(out, PLAIN)
}

fn looks_equal(old: &Cell, new: &Cell) -> bool {
    is_bare_space(old) && is_bare_space(new) && old.bg == new.bg
}

/// Whether the cell shows nothing but its background.
fn is_bare_space(cell: &Cell) -> bool {
    cell.symbol() == " " && !cell.modifier.intersects(SEEN_ON_SPACE)
}

impl Pen {
    fn move_to(&mut self, out: &mut impl Write, (x, y): (u16, u16), next: &Buffer) -> io::Result<()> {
        let from = self.position.filter(|(from, row)| *row == y && *from <= x).map(|(from, _)| from);
        match from {
            Some(from) if from == x => Ok(()),
            Some(from) if x - from <= MAX_GAP && self.can_rewrite(next, from..x, y) => {
                (from..x).filter_map(|x| next.cell((x, y))).try_for_each(|cell| self.write(out, cell))
            }
            Some(from) if self.is_position_certain => write!(out, "\x1b[{}C", x - from),
            Some(_) => self.jump(out, format_args!("\x1b[{}G", x + 1)),
            None if x == 0 => self.jump(out, format_args!("\x1b[{}H", y + 1)),
            None => self.jump(out, format_args!("\x1b[{};{}H", y + 1, x + 1)),
        }?;
        self.position = Some((x, y));
        Ok(())
    }

    fn jump(&mut self, out: &mut impl Write, sequence: std::fmt::Arguments<'_>) -> io::Result<()> {
        self.is_position_certain = true;
        out.write_fmt(sequence)
    }

    /// Whether these cells need no other attributes and no more bytes than a move.
    fn can_rewrite(&self, next: &Buffer, columns: std::ops::Range<u16>, y: u16) -> bool {
        columns
            .into_iter()
            .filter_map(|x| next.cell((x, y)))
            .all(|cell| cell.symbol().len() == 1 && self.style_for(cell) == self.style)
    }

    fn write(&mut self, out: &mut impl Write, cell: &Cell) -> io::Result<()> {
        self.set_style(out, self.style_for(cell))?;
        out.write_all(cell.symbol().as_bytes())?;
        let is_narrow = cell.symbol().width() == 1;
        self.is_position_certain &= cell.symbol().is_ascii();
        self.position = self.position.filter(|_| is_narrow).map(|(x, y)| (x + 1, y));
        Ok(())
    }

    /// The style of the cell; for a space, the current one if that looks the same.
    fn style_for(&self, cell: &Cell) -> PenStyle {
        if is_bare_space(cell) && !self.style.attributes.intersects(SEEN_ON_SPACE) && self.style.bg == cell.bg
        {
            return self.style;
        }
        PenStyle { fg: cell.fg, bg: cell.bg, attributes: cell.modifier }
    }

    fn set_style(&mut self, out: &mut impl Write, style: PenStyle) -> io::Result<()> {
        let current = std::mem::replace(&mut self.style, style);
        if current == style {
            return Ok(());
        }
        if style == PLAIN {
            return out.write_all(b"\x1b[m");
        }
        let after_reset = format!("0;{}", codes_from(PLAIN, style));
        // An attribute is only removed together with all others. What is bold and dim depends on the order.
        let can_add =
            style.attributes.contains(current.attributes) && !style.attributes.contains(BOLD_AND_DIM);
        let added = can_add.then(|| codes_from(current, style));
        let codes = added.filter(|added| added.len() <= after_reset.len()).unwrap_or(after_reset);
        write!(out, "\x1b[{codes}m")
    }
}

/// The SGR codes that lead from one style to another that has all its attributes.
fn codes_from(from: PenStyle, to: PenStyle) -> String {
    let added = to.attributes - from.attributes;
    let attributes = ATTRIBUTES.iter().filter(|(one, _)| added.contains(*one));
    let fg = (to.fg != from.fg).then(|| color_code(to.fg, 30));
    let bg = (to.bg != from.bg).then(|| color_code(to.bg, 40));
    attributes.map(|(_, code)| code.to_string()).chain(fg).chain(bg).collect::<Vec<_>>().join(";")
}

/// `base` is 30 for the foreground, and 40 for the background.
fn color_code(color: Color, base: u8) -> String {
    let named = |offset: u8| (base + offset).to_string();
    match color {
        Color::Reset => named(9),
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(60),
        Color::LightRed => named(61),
        Color::LightGreen => named(62),
        Color::LightYellow => named(63),
        Color::LightBlue => named(64),
        Color::LightMagenta => named(65),
        Color::LightCyan => named(66),
        Color::White => named(67),
        Color::Indexed(index) => format!("{};5;{index}", base + 8),
        Color::Rgb(red, green, blue) => format!("{};2;{red};{green};{blue}", base + 8),
    }
}
