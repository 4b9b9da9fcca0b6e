//! Draws the state. The same state always gives the same picture.

use ratatui::Frame;
use ratatui::text::Line;

use super::app::App;
use super::layout::{self, Areas, MIN_SCREEN, Pane};
use super::panes::{doctor, footer, keys, messages, plans, pool, report, setup, status, test, usage};
use super::styles::Role;
use super::view::View;
use super::widgets::ascii;

pub fn draw(app: &App, frame: &mut Frame<'_>) {
    if layout::is_too_small(app.size) {
        let notice = format!("keypool needs a terminal of {}×{}", MIN_SCREEN.width, MIN_SCREEN.height);
        frame.render_widget(Line::from(notice), frame.area());
    } else {
        draw_screen(app, frame);
    }
    if app.options.styles.is_ascii {
        ascii::replace_symbols(frame.buffer_mut());
    }
}

fn draw_screen(app: &App, frame: &mut Frame<'_>) {
    let areas = app.areas();
    let screen = frame.area();
    frame.buffer_mut().set_style(screen, app.options.styles.get(Role::Text));
    status::draw(app, areas.status, frame);
    match app.view {
        View::Home => draw_panes(app, &areas, frame),
        View::Doctor => doctor::draw(app, areas.body(), frame),
        View::Setup => setup::draw(app, areas.body(), frame),
        View::Methods => setup::draw_methods(app, areas.body(), frame),
        View::Usage => usage::draw(app, areas.body(), frame),
        View::Report => report::draw(app, areas.body(), frame),
    }
    messages::draw(app, areas.messages, frame);
    footer::draw(app, areas.footer, frame);
    if let Some(overlay) = &app.overlay {
        overlay.draw(app, frame);
    }
}

fn draw_panes(app: &App, areas: &Areas, frame: &mut Frame<'_>) {
    plans::draw(app, areas.pane(Pane::Plans), frame);
    pool::draw(app, areas.pane(Pane::Pool), frame);
    keys::draw(app, areas.pane(Pane::Keys), frame);
    test::draw(app, areas.pane(Pane::Test), frame);
}
