//! The rows of the list: one per charge, and a total below the charges of a tenant with several plans.

use keypool_domain::Price;
use keypool_domain::charging::{Line, PriceGap, Report, TenantTotal};

use crate::tui::text;

/// Which row stands where. Positions are those of the report's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    Line(usize),
    /// The total of the `count` lines from `first`.
    Total {
        first: usize,
        count: usize,
    },
}

pub(super) struct ReportRow<'a> {
    content: Content<'a>,
    /// Whether the row above is of the same tenant.
    pub(super) repeats_tenant: bool,
}

enum Content<'a> {
    Line(&'a Line),
    Total(TenantTotal<'a>),
}

pub(super) fn row_kinds(report: &Report) -> Vec<RowKind> {
    let mut rows = Vec::with_capacity(report.lines.len());
    let mut first = 0;
    for tenant in report.tenants() {
        let count = tenant.lines.len();
        rows.extend((first..first + count).map(RowKind::Line));
        if count > 1 {
            rows.push(RowKind::Total { first, count });
        }
        first += count;
    }
    rows
}

/// The row at a position, below the first visible one at `top`.
pub(super) fn row<'a>(lines: &'a [Line], rows: &[RowKind], at: usize, top: usize) -> Option<ReportRow<'a>> {
    let content = content(lines, *rows.get(at)?)?;
    let above =
        at.checked_sub(1).filter(|above| *above >= top).and_then(|above| content_at(lines, rows, above));
    let repeats_tenant = above.is_some_and(|above| above.tenant() == content.tenant());
    Some(ReportRow { content, repeats_tenant })
}

fn content_at<'a>(lines: &'a [Line], rows: &[RowKind], at: usize) -> Option<Content<'a>> {
    content(lines, *rows.get(at)?)
}

fn content(lines: &[Line], kind: RowKind) -> Option<Content<'_>> {
    Some(match kind {
        RowKind::Line(at) => Content::Line(lines.get(at)?),
        RowKind::Total { first, count } => {
            let lines = lines.get(first..first + count)?;
            Content::Total(TenantTotal { tenant: &lines.first()?.tenant, lines })
        }
    })
}

impl<'a> Content<'a> {
    const fn tenant(&self) -> &'a keypool_domain::Tenant {
        match self {
            Self::Line(line) => &line.tenant,
            Self::Total(total) => total.tenant,
        }
    }
}

impl<'a> ReportRow<'a> {
    pub(super) fn tenant(&self) -> &'a str {
        self.content.tenant().as_str()
    }

    pub(super) fn plan(&self) -> String {
        match &self.content {
            Content::Line(line) => line.plan_name.clone(),
            Content::Total(total) => format!("all {} plans", total.lines.len()),
        }
    }

    /// The charge, if the row is one.
    pub(super) const fn line(&self) -> Option<&'a Line> {
        match &self.content {
            Content::Line(line) => Some(line),
            Content::Total(_) => None,
        }
    }

    /// Empty in a total; `?` if some of the calls are unknown.
    pub(super) fn own_calls(&self) -> String {
        let Some(line) = self.line() else { return String::new() };
        line.own_calls.map_or_else(|| "?".to_owned(), text::format_count_u64)
    }

    /// Whether extra calls have a price, but their number is unknown.
    pub(super) fn is_metered_price_unknown(&self) -> bool {
        let is_unknown = |line: &Line| {
            (line.rate.is_some() && line.own_calls.is_none())
                || line.price_gap == Some(PriceGap::RateUnmatched)
        };
        self.line().is_some_and(is_unknown)
    }

    pub(super) fn is_flat_price_unknown(&self) -> bool {
        self.line().is_some_and(|line| line.price_gap == Some(PriceGap::PlanGone))
    }

    pub(super) fn flat_price(&self) -> Option<Price> {
        match &self.content {
            Content::Line(line) => line.flat_price,
            Content::Total(total) => total.flat_price(),
        }
    }

    pub(super) fn metered_price(&self) -> Option<Price> {
        match &self.content {
            Content::Line(line) => line.metered_price(),
            Content::Total(total) => total.metered_price(),
        }
    }

    pub(super) fn total(&self) -> Price {
        match &self.content {
            Content::Line(line) => line.total(),
            Content::Total(total) => total.total(),
        }
    }
}
