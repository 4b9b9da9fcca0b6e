//! Snapshots of column charts of several sizes.

use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::tui::widgets::ascii;
use crate::tui::widgets::columns::*;

fn days(values: impl IntoIterator<Item = u64>) -> Vec<Day> {
    let first: Date = "2026-11-01".parse().expect("a day");
    let days = first.series(jiff::ToSpan::days(1));
    days.zip(values).map(|(day, value)| Day { day, value, role: Role::Bar }).collect()
}

fn render(width: u16, height: u16, days: &[Day], limit: Option<LimitLine<'_>>, plain: bool) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a terminal");
    let styles = Styles::new(true, plain);
    let draw = |frame: &mut Frame<'_>| {
        draw(frame, frame.area(), days, limit, &styles);
        if plain {
            ascii::replace_symbols(frame.buffer_mut());
        }
    };
    terminal.draw(draw).expect("a frame");
    let buffer = terminal.backend().buffer();
    let rows = buffer.content.chunks(width.into());
    let rows = rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned());
    rows.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_week_with_its_quota() {
    let limit = LimitLine { value: 100, name: "a day" };
    insta::assert_snapshot!(render(60, 9, &days([10, 40, 100, 0, 1, 55, 80]), Some(limit), false));
}

#[test]
fn a_month_in_plain_ascii() {
    let limit = LimitLine { value: 167, name: "a day, spread evenly" };
    let chart = render(78, 9, &days((0..30).map(|n| n * 7)), Some(limit), true);
    assert!(chart.is_ascii(), "{chart}");
    insta::assert_snapshot!(chart);
}

#[test]
fn more_days_than_cells_share_columns_and_no_peak_is_lost() {
    let all = days((0..90).map(|n| if n == 41 { 900 } else { 90 }));
    assert_eq!(days_per_column(90, 67), 2);
    let chart = render(67, 10, &all, None, false);
    insta::assert_snapshot!(chart);
}

#[test]
fn tiny_areas_draw_nothing_and_do_not_panic() {
    for (width, height) in [(1, 1), (13, 9), (60, 3), (14, 4), (200, 5)] {
        let limit = Some(LimitLine { value: 5, name: "a day" });
        render(width, height, &days(0..31), limit, false);
        render(width, height, &days([u64::MAX, 0]), limit, false);
        render(width, height, &[], limit, false);
    }
}

#[test]
fn a_distant_limit_is_written_instead_of_drawn() {
    let limit = LimitLine { value: 50_000, name: "quota" };
    let chart = render(60, 8, &days([10, 40, 100]), Some(limit), false);
    assert!(chart.contains("↑ 50,000 quota") && !chart.contains('┄'), "{chart}");
}
