//! A terminal in memory: what the console writes to it, and what it then shows.

use std::cell::RefCell;
use std::io::{self, Write};
use std::num::NonZeroU16;
use std::rc::Rc;

use keypool::tui::TerminalBackend;
use ratatui::layout::{Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::console::Console;

pub(crate) struct Display {
    terminal: Terminal<TerminalBackend<Output>>,
    output: Output,
    emulator: vt100::Parser,
}

#[derive(Debug, Clone, Default)]
struct Output(Rc<RefCell<Vec<u8>>>);

/// How a cell looks; of a space, only what is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CellLook {
    symbol: String,
    fg: vt100::Color,
    bg: vt100::Color,
    /// Bold, dim, underlined, reversed.
    attributes: [bool; 4],
}

impl Display {
    /// A blank terminal of this size.
    pub(crate) fn new(size: Size, has_scroll_regions: bool) -> Self {
        let output = Output::default();
        let backend = TerminalBackend::new(output.clone(), has_scroll_regions);
        let options = TerminalOptions { viewport: Viewport::Fixed(Rect::from(size)) };
        let terminal = Terminal::with_options(backend, options).expect("a terminal");
        let side = |cells| NonZeroU16::new(cells).expect("cells");
        Self { terminal, output, emulator: vt100::Parser::new(side(size.height), side(size.width), 0) }
    }

    /// Draws what has changed, and returns the bytes that were written.
    pub(crate) fn draw(&mut self, console: &Console) -> Vec<u8> {
        self.terminal.draw(|frame| console.app.draw(frame)).expect("a frame");
        let written = std::mem::take(&mut *self.output.0.borrow_mut());
        self.emulator.process(&written);
        written
    }

    /// The cells of each row.
    pub(crate) fn rows(&self) -> Vec<Vec<CellLook>> {
        let screen = self.emulator.screen();
        let (rows, columns) = screen.size();
        let look = |row, column| CellLook::new(screen.cell(row, column).expect("a cell"));
        (0..rows.get()).map(|row| (0..columns.get()).map(|column| look(row, column)).collect()).collect()
    }

    /// The lines of text, without spaces at their ends.
    pub(crate) fn text(&self) -> String {
        let screen = self.emulator.screen();
        let lines: Vec<_> =
            screen.rows(0, screen.size().1.get()).map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n")
    }
}

impl CellLook {
    fn new(cell: &vt100::Cell) -> Self {
        let symbol = if cell.has_contents() { cell.contents().to_owned() } else { " ".to_owned() };
        let is_line_seen = cell.inverse() || cell.underline();
        let is_bare = symbol == " " && !is_line_seen;
        Self {
            fg: if is_bare { vt100::Color::Default } else { cell.fgcolor() },
            bg: cell.bgcolor(),
            attributes: [cell.bold() && !is_bare, cell.dim() && !is_bare, cell.underline(), cell.inverse()],
            symbol,
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
