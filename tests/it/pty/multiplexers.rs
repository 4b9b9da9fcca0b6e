//! Scrolling in the terminals of other programs. These tests do nothing if the program is not installed.

use std::io::Write;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use keypool_domain::testing::InventoryBuilder;
use ratatui::layout::Size;

use crate::support::console::Console;
use crate::support::display::Display;

const TIMEOUT: Duration = Duration::from_secs(30);

/// A tmux server of its own.
struct Tmux {
    folder: tempfile::TempDir,
}

impl Tmux {
    fn run(&self, arguments: &[&str]) -> std::io::Result<Output> {
        let socket = self.folder.path().join("socket");
        Command::new("tmux").arg("-S").arg(socket).args(["-f", "/dev/null"]).args(arguments).output()
    }

    fn screen(&self) -> String {
        let captured = self.run(&["capture-pane", "-p", "-t", "0"]).expect("tmux");
        let lines = String::from_utf8_lossy(&captured.stdout).into_owned();
        lines.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _already_ended = self.run(&["kill-server"]);
    }
}

#[test]
fn tmux_shows_the_same_after_scrolling_as_after_writing_everything() {
    let tmux = Tmux { folder: tempfile::tempdir().expect("a folder") };
    if let Err(error) = tmux.run(&["-V"]) {
        // The test harness captures `eprintln!`, but not this.
        writeln!(std::io::stderr(), "skipped, because tmux cannot start ({error})").expect("standard error");
        return;
    }
    let size = Size::new(100, 30);
    let mut console =
        Console::with_inventory(InventoryBuilder::many_keys(300).build(), size.width, size.height);
    console.press("3");
    let mut display = Display::new(size, true);
    let mut written = display.draw(&console);
    for key in ["j"; 40].into_iter().chain(["k"; 30]).chain(["j"; 25]) {
        console.press_without_pause(key);
        written.extend(display.draw(&console));
    }
    let file = tmux.folder.path().join("written");
    std::fs::write(&file, &written).expect("a file");
    let show = format!("stty raw -echo; cat '{}'; exec tail -f /dev/null", file.display());
    let (width, height) = (size.width.to_string(), size.height.to_string());
    let started = tmux.run(&["new-session", "-d", "-x", &width, "-y", &height, &show]).expect("tmux");
    assert!(started.status.success(), "{started:?}");
    tmux.run(&["set-option", "-g", "status", "off"]).expect("tmux");
    let mut redrawn = Display::new(size, false);
    redrawn.draw(&console);
    let (expected, deadline) = (redrawn.text(), Instant::now() + TIMEOUT);
    while tmux.screen() != expected.trim_end() {
        assert!(Instant::now() < deadline, "tmux shows\n{}\ninstead of\n{expected}", tmux.screen());
    }
}
