//! The filter of the console, typed letter by letter and deleted again: the time from a key to the next picture, and to
//! the picture after all tenant keys were searched. The words are those that `benches/peers/compare.py` types into fzf.

use std::time::Duration;

use vt100::Screen;

use super::console::Console;
use super::fake_aws::FakeAws;
use super::with_separators;

/// A word that most tenant keys have, words that some have, and one that none has.
const WORDS: [&str; 5] = ["tenant-00", "web shop", "0000004", "zz", "k00007"];
const BACKSPACE: char = '\x7f';
const ESCAPE: char = '\x1b';
/// After this long, the picture is the last one.
const SILENCE: Duration = Duration::from_millis(500);

/// How long the picture took after each key.
#[derive(Default)]
struct Latencies {
    /// Until the filter line showed the key.
    next_picture: Vec<Duration>,
    /// Until all tenant keys were searched, and their number was on the screen.
    last_picture: Vec<Duration>,
}

/// Types all words twice, first right after the account was read, and prints what it took.
pub(crate) fn report(fake: &FakeAws, tenant_keys: usize) {
    let total = with_separators(tenant_keys);
    let mut console = Console::start(fake);
    console.wait_until_all_are_read(&total);
    // Nothing else is drawn while keys are typed: not the membership of the plans, and not their usage.
    console.wait_until_silent(Duration::from_secs(5));
    console.press('3');
    for pass in ["cold", "warm"] {
        let (mut typed, mut deleted) = (Latencies::default(), Latencies::default());
        for word in WORDS {
            type_and_delete(&mut console, word, &mut typed, &mut deleted);
        }
        println!("{total} tenant keys, a letter of the filter, {pass}: {}", typed.summary());
        println!("{total} tenant keys, a letter deleted, {pass}: {}", deleted.summary());
    }
    console.quit();
}

fn type_and_delete(console: &mut Console, word: &str, typed: &mut Latencies, deleted: &mut Latencies) {
    console.press('/');
    console.wait_until_silent(SILENCE);
    let (row, start) = console.cursor();
    for (typed_before, letter) in word.chars().enumerate() {
        typed.measure(console, letter, (row, start + typed_before as u16 + 1));
    }
    for left in (0..word.len()).rev() {
        deleted.measure(console, BACKSPACE, (row, start + left as u16));
    }
    // A key right after it would be read as that key with Alt.
    console.press(ESCAPE);
    console.wait_until_silent(SILENCE);
}

impl Latencies {
    /// Types a key that moves the cursor of the filter here.
    fn measure(&mut self, console: &mut Console, key: char, cursor: (u16, u16)) {
        let pressed_at = console.press(key);
        let is_drawn = |screen: &Screen| screen.cursor_position() == cursor;
        let shown_at = console.wait_until(is_drawn);
        let searched_at = console.wait_until(|screen| is_drawn(screen) && is_searched(&screen.contents()));
        self.next_picture.push(shown_at - pressed_at);
        self.last_picture.push(searched_at - pressed_at);
    }

    fn summary(mut self) -> String {
        let next_picture = summary(&mut self.next_picture);
        format!(
            "until the next picture {next_picture}; until all are searched {}",
            summary(&mut self.last_picture)
        )
    }
}

/// For example `p50 2.1 ms, worst 4.0 ms`.
fn summary(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let milliseconds = |at: usize| times[at].as_secs_f64() * 1e3;
    format!("p50 {:.1} ms, worst {:.1} ms", milliseconds(times.len() / 2), milliseconds(times.len() - 1))
}

/// Whether all tenant keys are searched: until then a `…` follows the number in the title of the keys pane.
fn is_searched(screen: &str) -> bool {
    let title = screen.lines().find(|line| line.contains("3 Keys · ")).unwrap_or_default();
    let count = title.split(" · ").nth(2).and_then(|rest| rest.split(' ').next());
    count.is_some_and(|count| !count.ends_with('…'))
}
