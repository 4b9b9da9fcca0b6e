//! Writes frames to the terminal in few bytes. Rows that moved are moved by the terminal, within a scroll region.
//!
//! A scroll region has the full width: terminals without left and right margins, such as tmux 3.3a, would also scroll
//! what stands beside it.

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect, Size};

use crate::tui::terminal::paint;
use crate::tui::terminal::scroll::{self, Direction, Scroll};

/// The backend of the console's terminal; its frames cover the whole screen.
#[derive(Debug)]
pub struct TerminalBackend<W: Write> {
    inner: CrosstermBackend<W>,
    /// What the terminal shows; blank outside.
    shown: Buffer,
    has_scroll_regions: bool,
    is_cursor_hidden: bool,
}

impl<W: Write> TerminalBackend<W> {
    /// The terminal is blank, and shows its cursor.
    pub fn new(out: W, has_scroll_regions: bool) -> Self {
        Self {
            inner: CrosstermBackend::new(out),
            shown: Buffer::default(),
            has_scroll_regions,
            is_cursor_hidden: false,
        }
    }

    /// Scrolls if that saves cells.
    fn scroll(&mut self, next: &Buffer) -> io::Result<()> {
        if let Some(scroll) = scroll::find(&self.shown, next).filter(|_| self.has_scroll_regions) {
            write_scroll(&mut self.inner, &scroll)?;
            scroll.apply_to(&mut self.shown);
        }
        Ok(())
    }
}

/// A line feed in the last row of the region, or its reverse in the first, moves the rows. All terminals with scroll
/// regions know these; the Linux console has no other way.
fn write_scroll(out: &mut impl Write, scroll: &Scroll) -> io::Result<()> {
    let (first, last) = (scroll.region.start() + 1, scroll.region.end() + 1);
    let (row, step) = match scroll.direction {
        Direction::Up => (last, "\n"),
        Direction::Down => (first, "\x1bM"),
    };
    write!(out, "\x1b[{first};{last}r\x1b[{row}H{}\x1b[r", step.repeat(scroll.by))
}

/// The same screen with at least the size that covers `content`.
fn grow(screen: &Buffer, content: &[(u16, u16, &Cell)]) -> Buffer {
    let size = |of: fn(&(u16, u16, &Cell)) -> u16, least: u16| {
        content.iter().map(of).max().map_or(least, |last| least.max(last.saturating_add(1)))
    };
    let area =
        Rect::new(0, 0, size(|cell| cell.0, screen.area.width), size(|cell| cell.1, screen.area.height));
    if area == screen.area {
        return screen.clone();
    }
    let mut grown = Buffer::empty(area);
    for position in screen.area.positions() {
        grown[position] = screen[position].clone();
    }
    grown
}

impl<W: Write> Backend for TerminalBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let content: Vec<_> = content.collect();
        if content.is_empty() {
            return Ok(());
        }
        self.shown = grow(&self.shown, &content);
        let mut next = self.shown.clone();
        for (x, y, cell) in content {
            next[(x, y)] = cell.clone();
        }
        self.scroll(&next)?;
        paint::write_changes(&mut self.inner, &self.shown, &next)?;
        self.shown = next;
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.is_cursor_hidden, true) { Ok(()) } else { self.inner.hide_cursor() }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.is_cursor_hidden = false;
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.inner.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    /// Clears everything, because the next frame writes everything.
    fn clear_region(&mut self, _region: ClearType) -> io::Result<()> {
        self.shown = Buffer::default();
        self.inner.clear_region(ClearType::All)
    }

    fn size(&self) -> io::Result<Size> {
        self.inner.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.inner.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut self.inner)
    }
}
