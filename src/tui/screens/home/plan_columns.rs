//! The columns of usage plans.

use keypool_domain::charging::Currency;
use keypool_domain::text::group_thousands_decimal;
use keypool_domain::{Known, Plan, Price};
use ratatui::layout::Constraint;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::tui::figures::{Figure, QuotaFigures};
use crate::tui::model::usage_index::Outlook;
use crate::tui::quota_text;
use crate::tui::sorting::Direction;
use crate::tui::styles::Role;
use crate::tui::text;
use crate::tui::widgets::column_fit::ColumnRoom;
use crate::tui::widgets::table::{Cell, Column};

const MAX_NAME_COLS: u16 = 40;
/// E.g. `1 of 5 spent · 1 out ~30 Nov 07:00`.
const FORECAST_COLS: u16 = 25;

/// A line of the table: a plan, or all plans.
pub(super) struct PlanLine<'a> {
    pub(super) name: &'a str,
    pub(super) model: &'a str,
    pub(super) users: String,
    pub(super) api_keys: String,
    pub(super) throttle: &'a str,
    pub(super) quota: &'a str,
    pub(super) price: String,
    /// `None` in the line of all plans, whose quotas have no sum.
    pub(super) figures: Option<QuotaFigures<'a>>,
    pub(super) days: QuotaFigures<'a>,
    pub(super) outlook: Option<Outlook>,
    pub(super) numbers: PlanNumbers,
}

/// What plans are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct PlanNumbers {
    pub(super) users: Option<u64>,
    pub(super) api_keys: Option<usize>,
    /// Requests per second.
    pub(super) rate: Option<f64>,
    /// Calls per period.
    pub(super) limit: Option<u64>,
    pub(super) price: Option<Price>,
}

/// The width of the longest text in each column, in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct PlanWidths {
    pub(super) name: u16,
    pub(super) quota: u16,
    pub(super) throttle: u16,
    pub(super) price: u16,
    pub(super) numbers: u16,
}

type PlanColumn<'a> = Column<'a, PlanLine<'a>>;

const fn room(rank: u8, cols: u16, gap: u16) -> ColumnRoom {
    ColumnRoom { rank, min_cols: cols, wanted_cols: cols, max_cols: cols, gap, grows_last: false }
}

fn number_column<'a>(
    title: &'static str,
    rank: u8,
    cols: u16,
    text: fn(&PlanLine<'a>) -> String,
) -> PlanColumn<'a> {
    PlanColumn::new(title, Constraint::Length(cols), text).right_aligned().ranked(room(rank, cols, 2))
}

/// From left to right. Narrower tables leave out those of the greatest rank first.
pub(super) fn columns<'a>(users_title: &'static str, widths: PlanWidths) -> [PlanColumn<'a>; 15] {
    let figure = |figure: Figure, rank: u8| {
        figure.column(|line: &PlanLine<'a>| line.figures).ranked(figure.room(rank, widths.numbers))
    };
    let of_days = |figure: Figure, rank: u8| {
        figure.column(|line: &PlanLine<'a>| Some(line.days)).ranked(figure.room(rank, widths.numbers))
    };
    let name_cols = widths.name.clamp(10, MAX_NAME_COLS);
    let name_room = ColumnRoom { max_cols: name_cols, wanted_cols: name_cols.min(16), ..room(0, 10, 1) };
    [
        PlanColumn::new("plan", Constraint::Fill(1), |line| line.name)
            .ranked(name_room)
            .with_order(Direction::ALPHABETIC, |line| line.name),
        PlanColumn::new("model", Constraint::Length(7), |line| line.model)
            .ranked(room(7, 7, 1))
            .with_order(Direction::ALPHABETIC, |line| line.model),
        number_column(users_title, 3, 7, |line| line.users.clone())
            .with_order(Direction::MOST_FIRST, |line| line.numbers.users),
        number_column("API keys", 11, 8, |line| line.api_keys.clone())
            .with_order(Direction::MOST_FIRST, |line| line.numbers.api_keys.map(|keys| keys as u64)),
        number_column("quota", 6, widths.quota, |line| line.quota.to_owned())
            .with_order(Direction::MOST_FIRST, |line| line.numbers.limit),
        number_column("throttle", 12, widths.throttle, |line| line.throttle.to_owned())
            .with_order(Direction::MOST_FIRST, |line| line.numbers.rate),
        number_column("price", 13, widths.price, |line| line.price.clone())
            .with_order(Direction::MOST_FIRST, |line| {
                line.numbers.price.map(|price| price.cents().unsigned_abs())
            }),
        of_days(Figure::Today, 8),
        figure(Figure::Used, 4),
        figure(Figure::Left, 5),
        figure(Figure::Percent, 1),
        figure(Figure::Bar, 2),
        of_days(Figure::Days, 9),
        figure(Figure::Resets, 10),
        PlanColumn::new("forecast (UTC)", Constraint::Length(FORECAST_COLS), PlanLine::forecast_cell)
            .ranked(room(14, FORECAST_COLS, 1)),
    ]
}

impl<'a> PlanLine<'a> {
    fn forecast_cell(&self) -> Cell<'a> {
        let Some(figures) = self.figures else { return Cell::from("") };
        let (Some(outlook), Some(_)) = (self.outlook, figures.status.and_then(|status| status.resets_at))
        else {
            return Cell::Text(figures.usage.missing_mark(), figures.styles.get(Role::Muted));
        };
        let mut spans = Vec::new();
        let keys = text::format_count(outlook.keys);
        if outlook.spent > 0 {
            let spent = text::format_count(outlook.spent);
            spans.push(Span::styled(format!("{spent} of {keys} spent"), figures.styles.get(Role::Error)));
        }
        if let Some(at) = outlook.first_out_at {
            let out = text::format_count(outlook.running_out);
            let of = if spans.is_empty() { format!(" of {keys}") } else { String::new() };
            let gap = if spans.is_empty() { "" } else { " · " };
            let at = quota_text::format_time_or_date(at, figures.now);
            let out = format!("{gap}{out}{of} out ~{at}");
            spans.push(Span::styled(out, figures.styles.get(Role::Warn)));
        }
        if spans.is_empty() {
            return Cell::Text("all last to the reset", Style::new());
        }
        Cell::Line(Line::from(spans))
    }
}

/// Rate per second and burst.
pub(super) fn format_throttle(plan: &Plan) -> String {
    plan.throttle.map_or_else(
        || text::NOT_APPLICABLE.to_owned(),
        |throttle| {
            let rate = group_thousands_decimal(&throttle.rate.to_string());
            format!("{rate}/s, burst {}", text::format_count(throttle.burst as usize))
        },
    )
}

pub(super) fn format_quota(plan: &Plan) -> String {
    plan.quota.map_or_else(
        || text::NOT_APPLICABLE.to_owned(),
        |quota| format!("{}/{}", text::format_count_u64(quota.limit), quota.period),
    )
}

/// The flat price per month.
pub(super) fn format_price(price: &Known<Option<Price>>, currency: &Currency) -> String {
    match price {
        Known::Unknown(why) => text::unknown_mark(why).to_owned(),
        Known::Value(None) => text::NOT_APPLICABLE.to_owned(),
        Known::Value(Some(price)) if price.cents() == 0 => "free".to_owned(),
        Known::Value(Some(price)) => format!("{} {currency}/month", text::format_amount(*price)),
    }
}
