//! Terminal output without colour: attributes only, and the cursor row is still visible.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crossterm::style::Colored;
use keypool::settings::Theme;
use keypool::tui::{Options, Styles};
use keypool_domain::testing::InventoryBuilder;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::support::colour::colours;
use crate::support::console::{Console, options};

/// The bytes written to the terminal for this screen.
fn terminal_bytes(console: &Console) -> Vec<u8> {
    let mut bytes = Vec::new();
    let viewport = Viewport::Fixed(Rect::new(0, 0, 100, 30));
    let backend = CrosstermBackend::new(&mut bytes);
    let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport }).expect("a terminal");
    terminal.draw(|frame| console.app.draw(frame)).expect("a frame");
    drop(terminal);
    bytes
}

#[test]
fn without_colour_the_cursor_row_is_still_reversed() {
    let _guard = lock_colour_switch();
    // As with NO_COLOR in the environment: crossterm writes resets instead of colours.
    Colored::set_ansi_color_disabled(true);
    let styles = Styles::new(false, false);
    let console =
        Console::with_options(Options { styles, ..options() }, InventoryBuilder::sample().build(), 100, 30);
    let bytes = terminal_bytes(&console);
    Colored::set_ansi_color_disabled(false);
    let mut terminal = vt100::Parser::new(nonzero(30), nonzero(100), 0);
    terminal.process(&bytes);
    let screen = terminal.screen();
    let (row, column) = find_text(screen, "all plans").expect("the row of all plans");
    assert!(screen.cell(row, column).expect("a cell").inverse(), "the row under the cursor is not reversed");
    assert!(!screen.cell(row + 1, column).expect("a cell").inverse(), "the next row is reversed too");
    assert_eq!(colours(&bytes), [""; 0]);
}

#[test]
fn without_colour_no_theme_emits_colour_codes() {
    let _guard = lock_colour_switch();
    for theme in ["default", "dark", "light"] {
        let theme = Theme::load(theme, &Default::default()).expect("a built-in theme");
        for color in [true, false] {
            let options = Options { styles: Styles::from_theme(theme.clone(), color, false), ..options() };
            let mut console = Console::with_options(options, InventoryBuilder::sample().build(), 100, 30);
            for keys in [
                "",
                "jj",
                "3 <space>",
                "D",
                "<esc>n<enter>",
                "<esc>e",
                "<esc>d",
                "<esc>?",
                "<esc>:",
                "<esc>/x",
                "<esc>r4",
            ] {
                let sent = colours(&terminal_bytes(console.press(keys)));
                assert_eq!(sent.is_empty(), !color, "{keys}: {sent:?}");
            }
        }
    }
}

/// Serializes tests that use crossterm's global colour switch.
fn lock_colour_switch() -> MutexGuard<'static, ()> {
    static SWITCH: Mutex<()> = Mutex::new(());
    SWITCH.lock().unwrap_or_else(PoisonError::into_inner)
}

fn nonzero(count: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(count).expect("not zero")
}

fn find_text(screen: &vt100::Screen, words: &str) -> Option<(u16, u16)> {
    let rows = screen.rows(0, 100).collect::<Vec<_>>();
    let (row, line) = rows.iter().enumerate().find(|(_, line)| line.contains(words))?;
    let column = line.find(words).map(|at| line[..at].chars().count())?;
    Some((u16::try_from(row).ok()?, u16::try_from(column).ok()?))
}
