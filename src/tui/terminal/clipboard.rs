//! Copies through the terminal with OSC 52, which works over SSH, tmux and GNU screen.

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

/// The multiplexer between the program and the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Multiplexer {
    #[default]
    None,
    /// tmux (`TMUX` is set).
    Tmux,
    /// GNU screen (`STY` is set).
    Screen,
}

/// Returns the escape sequence that copies the text to the terminal's clipboard.
pub(super) fn copy_sequence(text: &str, multiplexer: Multiplexer) -> String {
    let mut plain = String::new();
    // Writing to a String cannot fail.
    let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut plain);
    match multiplexer {
        Multiplexer::None => plain,
        // tmux handles the plain sequence or passes the wrapped one on, depending on its configuration. Sending
        // both does no harm.
        Multiplexer::Tmux => format!("{plain}\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b")),
        Multiplexer::Screen => format!("\x1bP{}\x1b\\", plain.replace("\x1b\\", "\x07")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmux_and_screen_get_the_sequence_wrapped() {
        assert_eq!(copy_sequence("key", Multiplexer::None), "\x1b]52;c;a2V5\x1b\\");
        assert_eq!(
            copy_sequence("key", Multiplexer::Tmux),
            "\x1b]52;c;a2V5\x1b\\\x1bPtmux;\x1b\x1b]52;c;a2V5\x1b\x1b\\\x1b\\"
        );
        assert_eq!(copy_sequence("key", Multiplexer::Screen), "\x1bP\x1b]52;c;a2V5\x07\x1b\\");
    }
}
