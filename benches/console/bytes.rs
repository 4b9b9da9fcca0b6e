//! The bytes that a step of a held key writes to the terminal while the keys pane scrolls, in the default theme.

use criterion::Criterion;
use ratatui::layout::Size;

use super::fixture;
use super::session::Session;

const SIZES: [Size; 3] = [Size::new(80, 24), Size::new(120, 35), Size::new(200, 60)];
/// Steps until the cursor is at the edge of the list, whatever the size.
const STEPS_TO_EDGE: usize = 60;
const MEASURED_STEPS: usize = 100;

pub(crate) fn bench(_: &mut Criterion) {
    let snapshot = fixture::snapshot(10_000);
    for size in SIZES {
        let mut session = Session::with_size(&snapshot, size);
        for key in ['j', 'k'] {
            let mut step = || {
                session.press(key);
                let before = session.screen.bytes_written();
                session.screen.draw(&session.app);
                session.screen.bytes_written() - before
            };
            (0..STEPS_TO_EDGE).for_each(|_| _ = step());
            let steps: Vec<usize> = (0..MEASURED_STEPS).map(|_| step()).collect();
            let mean = steps.iter().sum::<usize>() / steps.len();
            let most = steps.iter().max().unwrap();
            println!("bytes/step/{key}/{}x{}     mean {mean}, most {most}", size.width, size.height);
        }
    }
}
