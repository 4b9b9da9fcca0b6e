//! From the state to the screen: pure, and the same picture for the same state.

use ratatui::Frame;
use ratatui::text::Line;

use super::app::App;
use super::layout::{self, Areas, Pane, SMALLEST};
use super::look::Role;
use super::panes::{doctor, footer, keys, messages, plans, pool, report, setup, status, test, usage};
use super::view::View;
use super::widgets::ascii;

/// Draws everything.
pub fn draw(app: &App, frame: &mut Frame<'_>) {
    if layout::is_too_small(app.size) {
        let words = format!("keypool needs {}×{}: make room", SMALLEST.width, SMALLEST.height);
        frame.render_widget(Line::from(words), frame.area());
    } else {
        whole(app, frame);
    }
    if app.options.look.ascii {
        ascii::translate(frame.buffer_mut());
    }
}

fn whole(app: &App, frame: &mut Frame<'_>) {
    let areas = app.areas();
    let screen = frame.area();
    frame.buffer_mut().set_style(screen, app.options.look.style(Role::Text));
    status::draw(app, areas.status, frame);
    match app.view {
        View::Home => panes(app, &areas, frame),
        View::Doctor => doctor::draw(app, areas.whole(), frame),
        View::Setup => setup::draw(app, areas.whole(), frame),
        View::Methods => setup::draw_methods(app, areas.whole(), frame),
        View::Usage => usage::draw(app, areas.whole(), frame),
        View::Report => report::draw(app, areas.whole(), frame),
    }
    messages::draw(app, areas.messages, frame);
    footer::draw(app, areas.footer, frame);
    if let Some(overlay) = &app.overlay {
        overlay.draw(app, frame);
    }
}

fn panes(app: &App, areas: &Areas, frame: &mut Frame<'_>) {
    plans::draw(app, areas.pane(Pane::Plans), frame);
    pool::draw(app, areas.pane(Pane::Pool), frame);
    keys::draw(app, areas.pane(Pane::Keys), frame);
    test::draw(app, areas.pane(Pane::Test), frame);
}
