//! From the roles of a theme to styles; without colour only attributes are left, so that nothing is told by colour
//! alone.

use ratatui::style::{Modifier, Style};

pub(crate) use crate::settings::Role;
use crate::settings::Theme;

/// The styles in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    theme: Theme,
    color: bool,
    /// Borders, bars and dots of plain ASCII.
    pub ascii: bool,
}

impl Look {
    /// The terminal's own sixteen colours, or attributes alone.
    pub fn new(color: bool, ascii: bool) -> Self {
        Self::of(Theme::default(), color, ascii)
    }

    /// The colours of a theme, or its attributes alone.
    pub const fn of(theme: Theme, color: bool, ascii: bool) -> Self {
        Self { theme, color, ascii }
    }

    /// How this role is painted.
    pub fn style(&self, role: Role) -> Style {
        let style = self.paint(role);
        if self.color { style } else { attributes(role, style) }
    }

    /// The ground of this role alone, for a line that others write on.
    pub(crate) fn ground(&self, role: Role) -> Style {
        Style { bg: self.style(role).bg, ..Style::new() }
    }

    fn paint(&self, role: Role) -> Style {
        let paint = self.theme.paint(role);
        Style { fg: paint.fg, bg: paint.bg, ..Style::new() }.add_modifier(paint.modifiers)
    }
}

/// Without a colour nothing may be set, not even a reset: crossterm's ends the attributes as well.
fn attributes(role: Role, style: Style) -> Style {
    let bare = Style { fg: None, bg: None, underline_color: None, ..style };
    match role {
        Role::Selection => bare.add_modifier(Modifier::REVERSED),
        Role::BorderFocused | Role::Accent | Role::Marked | Role::Error => bare.add_modifier(Modifier::BOLD),
        Role::Muted | Role::Border | Role::BarEmpty => bare.add_modifier(Modifier::DIM),
        Role::Text | Role::Title | Role::Header | Role::Status | Role::Ok | Role::Warn | Role::Bar => bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_paints_its_roles_and_without_colour_only_attributes_are_left() {
        let dark = crate::settings::Theme::load("dark", &Default::default()).expect("a theme of ours");
        let style = Look::of(dark.clone(), true, false).style(Role::Error);
        assert_eq!((style.fg, style.add_modifier), (dark.paint(Role::Error).fg, Modifier::BOLD));
        let bare = Look::of(dark, false, false).style(Role::Error);
        assert_eq!((bare.fg, bare.bg, bare.add_modifier), (None, None, Modifier::BOLD));
    }
}
