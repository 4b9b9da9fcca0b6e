//! The lines of the test pane: outcome, one symbol per call, explanation, body, response headers and request.

use keypool_domain::{CallContext, GatewayResponse, Secret, Tally, TenantKeyId, Verdict};
use ratatui::text::{Line, Span};

use crate::ops::Sample;
use crate::tui::keys::action::Action;
use crate::tui::model::Model;
use crate::tui::screens::home::test::body;
use crate::tui::screens::home::test::state::{SeriesResults, TestPane};
use crate::tui::styles::{Role, Styles};
use crate::tui::text;

/// Symbol, role and label; the symbol differs too, so that colour is never the only signal.
const fn verdict_sign(verdict: Verdict) -> (&'static str, Role, &'static str) {
    match verdict {
        Verdict::Ok => ("●", Role::Ok, "ok"),
        Verdict::Throttled => ("▲", Role::Warn, "throttled"),
        Verdict::QuotaExhausted => ("■", Role::Error, "quota spent"),
        Verdict::Forbidden => ("×", Role::Error, "forbidden"),
        Verdict::Other => ("?", Role::Error, "other"),
    }
}

pub(super) fn lines(
    model: &Model,
    pane: &TestPane,
    results: &SeriesResults,
    selected: Option<&TenantKeyId>,
    cells: usize,
) -> Vec<Line<'static>> {
    let styles = model.styles();
    let mut lines = vec![summary_line(model, pane, results, selected, cells, false)];
    let Some(last) = &results.last else { return lines };
    lines.push(verdict_strip(&results.verdicts, cells, styles));
    lines.push(legend_line(&results.tally, styles));
    let text = explanation(model, results, last);
    lines.extend(text.iter().flat_map(|text| wrapped_lines(text, cells, styles)));
    if !results.body.is_empty() {
        let suffix = if last.body_cut { " · first 64 KiB only" } else { "" };
        lines.push(heading_line(&format!("body{suffix}"), styles));
        let wrapped = results.body.iter().flat_map(|line| body::wrap(line, cells.saturating_sub(1)));
        lines.extend(wrapped.map(|line| styled_line(line, styles)));
    }
    if !last.headers.is_empty() {
        lines.push(heading_line("response headers", styles));
        lines.extend(last.headers.iter().flat_map(|(name, value)| header_lines(name, value, cells, styles)));
    }
    lines.extend(request_lines(model, results, cells));
    lines
}

/// Key, outcome and counts in one line. If it stands `alone`, the counts have priority over the outcome, because
/// there is no legend.
pub(super) fn summary_line(
    model: &Model,
    pane: &TestPane,
    results: &SeriesResults,
    selected: Option<&TenantKeyId>,
    cells: usize,
    alone: bool,
) -> Line<'static> {
    let styles = model.styles();
    let counts = format_counts(&results.tally);
    let counts_cells = if counts.is_empty() { 0 } else { text::width(&counts) + 2 };
    let room = cells.saturating_sub(if alone { counts_cells + 1 } else { 1 });
    let mut spans = vec![Span::raw(" ")];
    if selected != Some(&results.tenant_key) {
        spans.push(Span::styled(format!("with {}: ", key_owner(model, results)), styles.get(Role::Muted)));
    }
    if let Some(text) = progress_text(model, pane, results) {
        spans.push(Span::styled(text, styles.get(Role::Accent)));
    }
    if let Some(last) = &results.last {
        let (_, role, _) = verdict_sign(last.verdict);
        let outcome_room = room.saturating_sub(spans.iter().map(Span::width).sum());
        spans.push(Span::styled(outcome_text(model, results, last, outcome_room), styles.get(role)));
    }
    let mut line = truncate_spans(spans, room);
    let used = line.width();
    if !counts.is_empty() && used + counts_cells <= cells {
        line.push_span(Span::raw(" ".repeat(cells - used - counts_cells + 2)));
        line.push_span(Span::styled(counts, styles.get(Role::Text)));
    }
    line
}

fn progress_text(model: &Model, pane: &TestPane, results: &SeriesResults) -> Option<String> {
    if pane.pending_call.is_some() {
        return Some(format!("{} reading methods · Esc stops · ", model.spinner()));
    }
    let (done, count) = (results.verdicts.len(), results.series.count as usize);
    let (done, count) = (text::format_count(done), text::format_count(count));
    model.is_calling().then(|| format!("{} calling {done}/{count} · Esc stops · ", model.spinner()))
}

/// Status, error type, verdict and latency or reset; the error type is left out if it does not fit.
fn outcome_text(model: &Model, results: &SeriesResults, last: &Sample, cells: usize) -> String {
    let Some(status) = last.status else {
        let why = last.error.as_deref().unwrap_or_default();
        return format!("no response: {}", text::clean(why));
    };
    let (_, _, label) = verdict_sign(last.verdict);
    let kind = last.error_type.as_deref().map(error_type_words).unwrap_or_default();
    let is_redundant = last.verdict == Verdict::Other || kind.trim().eq_ignore_ascii_case(label);
    let label = if is_redundant { String::new() } else { format!(" · {label}") };
    let tail = match last.verdict {
        Verdict::QuotaExhausted => {
            reset_text(model, results).map_or_else(String::new, |text| format!(" · {text}"))
        }
        Verdict::Ok | Verdict::Throttled | Verdict::Forbidden | Verdict::Other => {
            format!(" · {}", text::format_latency(last.latency))
        }
    };
    let full = format!("{status}{kind}{label}{tail}");
    let fits = text::width(&full) <= cells || is_redundant;
    if fits { full } else { format!("{status}{label}{tail}") }
}

/// Converts e.g. `LimitExceededException` to ` Limit Exceeded`, the wording of the response body.
fn error_type_words(kind: &str) -> String {
    let mut text = String::new();
    for c in text::clean(kind.strip_suffix("Exception").unwrap_or(kind)).chars() {
        if c.is_uppercase() || text.is_empty() {
            text.push(' ');
        }
        text.push(c);
    }
    text
}

fn reset_text(model: &Model, results: &SeriesResults) -> Option<String> {
    let inventory = model.inventory()?;
    let plan = inventory.plan(&inventory.tenant_key(&results.tenant_key)?.plan)?;
    Some(plan.quota?.describe_reset(model.now()))
}

/// E.g. `18×2xx  2×429`.
fn format_counts(tally: &Tally) -> String {
    let parts = [
        (tally.ok, "2xx"),
        (tally.throttled + tally.quota_exhausted, "429"),
        (tally.forbidden, "403"),
        (tally.other, "other"),
    ];
    let nonzero = parts.iter().filter(|(count, _)| *count > 0);
    let nonzero: Vec<_> =
        nonzero.map(|(count, label)| format!("{}×{label}", text::format_count(*count as usize))).collect();
    nonzero.join("  ")
}

/// One symbol per call, newest at the right; the oldest are dropped if they do not fit.
fn verdict_strip(verdicts: &[Verdict], cells: usize, styles: &Styles) -> Line<'static> {
    let room = cells.saturating_sub(2).max(1);
    let from = verdicts.len().saturating_sub(room);
    let mut spans = vec![Span::styled(if from > 0 { "…" } else { " " }, styles.get(Role::Muted))];
    for run in verdicts[from..].chunk_by(|a, b| a == b) {
        let (glyph, role, _) = verdict_sign(run[0]);
        spans.push(Span::styled(glyph.repeat(run.len()), styles.get(role)));
    }
    Line::from(spans)
}

/// Explains the symbols, with counts.
fn legend_line(tally: &Tally, styles: &Styles) -> Line<'static> {
    let parts = Verdict::ALL.into_iter().flat_map(|verdict| {
        let (glyph, role, label) = verdict_sign(verdict);
        let count = tally.count(verdict);
        let style = if count > 0 { styles.get(role) } else { styles.get(Role::Muted) };
        [Span::styled(format!(" {glyph}"), style), Span::styled(format!(" {count} {label} "), style)]
    });
    Line::from_iter(parts)
}

fn explanation(model: &Model, results: &SeriesResults, last: &Sample) -> Vec<String> {
    let Some(inventory) = model.inventory() else { return Vec::new() };
    let request = &results.target.request;
    let method = format!("{} {}", request.method, request.path);
    let context = CallContext {
        inventory,
        tenant_key: &results.tenant_key,
        stage: &results.target.stage,
        method: &method,
        now: model.now(),
    };
    let mut text = context.explain(last.verdict, last.error_type.as_deref());
    let may_be_due_to_api = match last.verdict {
        Verdict::Forbidden => true,
        Verdict::Other => last.error_type.as_deref().is_some_and(GatewayResponse::can_explain),
        Verdict::Ok | Verdict::Throttled | Verdict::QuotaExhausted => false,
    };
    if may_be_due_to_api {
        let key = model.label(Action::Explain).unwrap_or_default();
        text.push(format!("the API's own settings were not checked: {key} checks the API, too"));
    }
    text
}

fn request_lines(model: &Model, results: &SeriesResults, cells: usize) -> Vec<Line<'static>> {
    let styles = model.styles();
    let request = &results.target.request;
    let mut lines = vec![heading_line("request", styles)];
    lines.extend(wrapped_lines(&format!("{} {}", request.method, request.url()), cells, styles));
    lines.extend(header_lines(
        "x-api-key",
        &format!("{} ({})", masked_key(model, results), key_owner(model, results)),
        cells,
        styles,
    ));
    lines.extend(request.headers.iter().flat_map(|(name, value)| header_lines(name, value, cells, styles)));
    if !request.body.is_empty() {
        lines.extend(wrapped_lines(&request.body, cells, styles));
    }
    lines
}

/// The masked key value; only dots if the value is not stored.
fn masked_key(model: &Model, results: &SeriesResults) -> String {
    let key = model.inventory().and_then(|inventory| inventory.tenant_key(&results.tenant_key));
    key.and_then(|key| key.stored_value()).map_or_else(|| "••••".to_owned(), Secret::masked)
}

/// E.g. `BasicPlan/acme web shop`.
fn key_owner(model: &Model, results: &SeriesResults) -> String {
    let key =
        model.inventory().and_then(|inventory| Some((inventory, inventory.tenant_key(&results.tenant_key)?)));
    let Some((inventory, key)) = key else { return format!("deleted key {}", results.tenant_key) };
    let text = format!("{}/{} {}", inventory.plan_name(&key.plan), key.tenant, key.name);
    text::clean(&text).into_owned()
}

fn heading_line(text: &str, styles: &Styles) -> Line<'static> {
    Line::styled(format!(" {text}"), styles.get(Role::Muted))
}

fn header_lines(name: &str, value: &str, cells: usize, styles: &Styles) -> Vec<Line<'static>> {
    let pieces = [
        (Role::Accent, text::clean(name).into_owned()),
        (Role::Muted, ": ".to_owned()),
        (Role::Text, text::clean(value).into_owned()),
    ];
    body::wrap(&pieces, cells.saturating_sub(1)).into_iter().map(|line| styled_line(line, styles)).collect()
}

fn wrapped_lines(text: &str, cells: usize, styles: &Styles) -> Vec<Line<'static>> {
    let style = styles.get(Role::Text);
    let lines = text::wrap(text, cells.saturating_sub(1));
    lines.into_iter().map(|line| Line::styled(format!(" {line}"), style)).collect()
}

fn styled_line(pieces: Vec<(Role, String)>, styles: &Styles) -> Line<'static> {
    let spans = pieces.into_iter().map(|(role, text)| Span::styled(text, styles.get(role)));
    Line::from_iter(std::iter::once(Span::raw(" ")).chain(spans))
}

fn truncate_spans(spans: Vec<Span<'static>>, cells: usize) -> Line<'static> {
    let mut room = cells;
    let mut line = Line::default();
    for span in spans {
        let fitted = text::fit(&span.content, room).into_owned();
        room -= text::width(&fitted).min(room);
        line.push_span(Span::styled(fitted, span.style));
    }
    line
}
