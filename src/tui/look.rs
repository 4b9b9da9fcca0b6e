//! From the roles of a theme to styles; without colour only attributes are left, so that nothing is told by colour
//! alone.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of the screen is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Plain text.
    Text,
    /// What matters less.
    Muted,
    /// The frame of a pane.
    Border,
    /// The frame of the pane that has the focus.
    BorderFocused,
    /// The title of a pane.
    Title,
    /// The head of a table.
    Header,
    /// The row under the cursor.
    Selection,
    /// Rows that are marked.
    Marked,
    /// The lines at the top and the bottom.
    Status,
    /// Keys, links, what can be pressed.
    Accent,
    /// Success.
    Ok,
    /// Near a limit, or stale.
    Warn,
    /// Failed, spent, dangerous.
    Error,
    /// The filled part of a bar.
    Bar,
    /// The rest of a bar.
    BarEmpty,
}

/// The styles in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    color: bool,
    /// Borders, bars and dots of plain ASCII.
    pub ascii: bool,
}

impl Look {
    /// The terminal's own sixteen colours, or attributes alone.
    pub const fn new(color: bool, ascii: bool) -> Self {
        Self { color, ascii }
    }

    /// How this role is painted.
    pub fn style(&self, role: Role) -> Style {
        let style = paint(role);
        if self.color { style } else { attributes(role, style) }
    }
}

/// Without a colour nothing may be set, not even a reset: crossterm's ends the attributes as well.
fn attributes(role: Role, style: Style) -> Style {
    let bare = Style { fg: None, bg: None, underline_color: None, ..style };
    match role {
        Role::Selection => bare.add_modifier(Modifier::REVERSED),
        Role::BorderFocused | Role::Accent | Role::Marked | Role::Error => bare.add_modifier(Modifier::BOLD),
        Role::Muted | Role::Border | Role::BarEmpty => bare.add_modifier(Modifier::DIM),
        _ => bare,
    }
}

fn paint(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Text => style,
        Role::Muted | Role::Border | Role::BarEmpty => style.fg(Color::DarkGray),
        Role::BorderFocused | Role::Accent => style.fg(Color::Cyan),
        Role::Title => style.add_modifier(Modifier::BOLD),
        Role::Header => style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Selection => style.add_modifier(Modifier::REVERSED),
        Role::Marked => style.fg(Color::Magenta).add_modifier(Modifier::BOLD),
        Role::Status => style.add_modifier(Modifier::DIM),
        Role::Ok => style.fg(Color::Green),
        Role::Warn => style.fg(Color::Yellow),
        Role::Error => style.fg(Color::Red).add_modifier(Modifier::BOLD),
        Role::Bar => style.fg(Color::Blue),
    }
}
