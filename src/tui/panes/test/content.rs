//! What the test pane shows, line by line: the outcome in words, the strip of calls, the body, headers, the request.

use keypool_domain::{CallContext, Secret, Tally, Verdict};
use ratatui::text::{Line, Span};

use crate::ops::Sample;
use crate::tui::app::App;
use crate::tui::styles::{Role, Styles};
use crate::tui::text;

use super::{SeriesResults, body};

/// The sign of an outcome in the strip, its role, and its word: never told by colour alone.
const fn verdict_sign(verdict: Verdict) -> (&'static str, Role, &'static str) {
    match verdict {
        Verdict::Ok => ("●", Role::Ok, "ok"),
        Verdict::Throttled => ("▲", Role::Warn, "throttled"),
        Verdict::QuotaSpent => ("■", Role::Error, "quota spent"),
        Verdict::Forbidden => ("×", Role::Error, "forbidden"),
        Verdict::Other => ("?", Role::Error, "other"),
    }
}

/// All lines for this many cells.
pub(super) fn lines(app: &App, results: &SeriesResults, cells: usize) -> Vec<Line<'static>> {
    let look = &app.options.styles;
    let mut lines = vec![summary_line(app, results, cells, false)];
    let Some(last) = &results.last else { return lines };
    lines.push(verdict_strip(&results.verdicts, cells, look));
    lines.push(legend_line(&results.tally, look));
    let words = explanation(app, results, last);
    lines.extend(words.iter().flat_map(|words| wrapped_lines(words, cells, look)));
    if !results.body.is_empty() {
        let cut = if last.body_cut { " · only the first 64 KiB" } else { "" };
        lines.push(heading_line(&format!("body{cut}"), look));
        let broken = results.body.iter().flat_map(|line| body::wrap(line, cells.saturating_sub(1)));
        lines.extend(broken.map(|line| styled_line(line, look)));
    }
    if !last.headers.is_empty() {
        lines.push(heading_line("response headers", look));
        lines.extend(last.headers.iter().flat_map(|(name, value)| header_lines(name, value, cells, look)));
    }
    lines.extend(request_lines(app, results, cells));
    lines
}

/// One line that says it all: whose, what, and how many of which; where it stands `alone` the counts come first, for
/// no legend holds them.
pub(super) fn summary_line(app: &App, results: &SeriesResults, cells: usize, alone: bool) -> Line<'static> {
    let look = &app.options.styles;
    let counts = format_counts(&results.tally);
    let taken = if counts.is_empty() { 0 } else { text::width(&counts) + 2 };
    let room = cells.saturating_sub(if alone { taken + 1 } else { 1 });
    let mut spans = vec![Span::raw(" ")];
    if app.selected_key().is_none_or(|key| key.id != results.row) {
        spans.push(Span::styled(format!("with {}: ", key_owner(app, results)), look.get(Role::Muted)));
    }
    if let Some(words) = progress_text(app, results) {
        spans.push(Span::styled(words, look.get(Role::Accent)));
    }
    if let Some(last) = &results.last {
        let (_, role, _) = verdict_sign(last.verdict);
        let left = room.saturating_sub(spans.iter().map(Span::width).sum());
        spans.push(Span::styled(outcome_text(app, results, last, left), look.get(role)));
    }
    let mut left = truncate_spans(spans, room);
    let used = left.width();
    if !counts.is_empty() && used + taken <= cells {
        left.push_span(Span::raw(" ".repeat(cells - used - taken + 2)));
        left.push_span(Span::styled(counts, look.get(Role::Text)));
    }
    left
}

/// What is being done now.
fn progress_text(app: &App, results: &SeriesResults) -> Option<String> {
    if app.test.pending_call.is_some() {
        return Some(format!("{} finding out what to call · Esc stops · ", app.spinner()));
    }
    let (done, count) = (results.verdicts.len(), results.series.count as usize);
    let (done, count) = (text::format_count(done), text::format_count(count));
    app.is_calling().then(|| format!("{} calling {done}/{count} · Esc stops · ", app.spinner()))
}

/// The last answer in so many cells: with API Gateway's own words for it where there is room.
fn outcome_text(app: &App, results: &SeriesResults, last: &Sample, cells: usize) -> String {
    let Some(status) = last.status else {
        let why = last.error.as_deref().unwrap_or_default();
        return format!("no answer: {}", text::clean(why));
    };
    let (_, _, word) = verdict_sign(last.verdict);
    let kind = last.error_type.as_deref().map(error_type_words).unwrap_or_default();
    let repeats = last.verdict == Verdict::Other || kind.trim().eq_ignore_ascii_case(word);
    let word = if repeats { String::new() } else { format!(" · {word}") };
    let until = match last.verdict {
        Verdict::QuotaSpent => {
            reset_text(app, results).map_or_else(String::new, |words| format!(" · {words}"))
        }
        Verdict::Ok | Verdict::Throttled | Verdict::Forbidden | Verdict::Other => {
            format!(" · {}", text::format_latency(last.latency))
        }
    };
    let whole = format!("{status}{kind}{word}{until}");
    let fits = text::width(&whole) <= cells || repeats;
    if fits { whole } else { format!("{status}{word}{until}") }
}

/// `LimitExceededException` as ` Limit Exceeded`, as the body of the answer has it.
fn error_type_words(kind: &str) -> String {
    let mut words = String::new();
    for c in text::clean(kind.strip_suffix("Exception").unwrap_or(kind)).chars() {
        if c.is_uppercase() || words.is_empty() {
            words.push(' ');
        }
        words.push(c);
    }
    words
}

fn reset_text(app: &App, results: &SeriesResults) -> Option<String> {
    let inventory = app.inventory()?;
    let plan = inventory.plan(&inventory.tenant_key(&results.row)?.plan)?;
    Some(plan.quota?.describe_reset(app.now))
}

/// For example `18×200  2×429`.
fn format_counts(tally: &Tally) -> String {
    let parts = [
        (tally.ok, "2xx"),
        (tally.throttled + tally.quota_spent, "429"),
        (tally.forbidden, "403"),
        (tally.other, "other"),
    ];
    let said = parts.iter().filter(|(count, _)| *count > 0);
    let said: Vec<_> =
        said.map(|(count, word)| format!("{}×{word}", text::format_count(*count as usize))).collect();
    said.join("  ")
}

/// One sign for each call, the newest at the right; what does not fit has gone at the left.
fn verdict_strip(verdicts: &[Verdict], cells: usize, look: &Styles) -> Line<'static> {
    let room = cells.saturating_sub(2).max(1);
    let from = verdicts.len().saturating_sub(room);
    let mut spans = vec![Span::styled(if from > 0 { "…" } else { " " }, look.get(Role::Muted))];
    for run in verdicts[from..].chunk_by(|a, b| a == b) {
        let (glyph, role, _) = verdict_sign(run[0]);
        spans.push(Span::styled(glyph.repeat(run.len()), look.get(role)));
    }
    Line::from(spans)
}

/// The signs with their words and counts.
fn legend_line(tally: &Tally, look: &Styles) -> Line<'static> {
    let parts = Verdict::ALL.into_iter().flat_map(|verdict| {
        let (glyph, role, word) = verdict_sign(verdict);
        let count = tally.count(verdict);
        let style = if count > 0 { look.get(role) } else { look.get(Role::Muted) };
        [Span::styled(format!(" {glyph}"), style), Span::styled(format!(" {count} {word} "), style)]
    });
    Line::from_iter(parts)
}

fn explanation(app: &App, results: &SeriesResults, last: &Sample) -> Vec<String> {
    let Some(inventory) = app.inventory() else { return Vec::new() };
    let asked =
        CallContext { inventory, tenant_key: &results.row, stage: &results.target.stage, now: app.now };
    asked.explain(last.verdict, last.error_type.as_deref())
}

fn request_lines(app: &App, results: &SeriesResults, cells: usize) -> Vec<Line<'static>> {
    let look = &app.options.styles;
    let request = &results.target.request;
    let mut lines = vec![heading_line("request", look)];
    lines.extend(wrapped_lines(&format!("{} {}", request.method, request.url()), cells, look));
    lines.extend(header_lines(
        "x-api-key",
        &format!("{} ({})", masked_key(app, results), key_owner(app, results)),
        cells,
        look,
    ));
    lines.extend(request.headers.iter().flat_map(|(name, value)| header_lines(name, value, cells, look)));
    if !request.body.is_empty() {
        lines.extend(wrapped_lines(&request.body, cells, look));
    }
    lines
}

/// The key that was sent, masked; only dots where the rows hold no values.
fn masked_key(app: &App, results: &SeriesResults) -> String {
    let row = app.inventory().and_then(|inventory| inventory.tenant_key(&results.row));
    row.and_then(|row| row.stored_value()).map_or_else(|| "••••".to_owned(), Secret::masked)
}

/// Whose key was sent.
fn key_owner(app: &App, results: &SeriesResults) -> String {
    let row = app.inventory().and_then(|inventory| Some((inventory, inventory.tenant_key(&results.row)?)));
    let Some((inventory, row)) = row else { return format!("a key that is gone, {}", results.row) };
    let words = format!("{}/{} {}", inventory.plan_name(&row.plan), row.tenant, row.name);
    text::clean(&words).into_owned()
}

fn heading_line(words: &str, look: &Styles) -> Line<'static> {
    Line::styled(format!(" {words}"), look.get(Role::Muted))
}

fn header_lines(name: &str, value: &str, cells: usize, look: &Styles) -> Vec<Line<'static>> {
    let pieces = [
        (Role::Accent, text::clean(name).into_owned()),
        (Role::Muted, ": ".to_owned()),
        (Role::Text, text::clean(value).into_owned()),
    ];
    body::wrap(&pieces, cells.saturating_sub(1)).into_iter().map(|line| styled_line(line, look)).collect()
}

fn wrapped_lines(words: &str, cells: usize, look: &Styles) -> Vec<Line<'static>> {
    let style = look.get(Role::Text);
    let lines = text::wrap(words, cells.saturating_sub(1));
    lines.into_iter().map(|line| Line::styled(format!(" {line}"), style)).collect()
}

fn styled_line(pieces: Vec<(Role, String)>, look: &Styles) -> Line<'static> {
    let spans = pieces.into_iter().map(|(role, text)| Span::styled(text, look.get(role)));
    Line::from_iter(std::iter::once(Span::raw(" ")).chain(spans))
}

/// As much of the spans as so many cells hold.
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
