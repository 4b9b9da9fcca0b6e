//! From the roles of a theme to styles; without colour only attributes are left, so that nothing is told by colour
//! alone.

use ratatui::style::{Modifier, Style};

pub(crate) use crate::settings::Role;
use crate::settings::Theme;

/// The styles in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Styles {
    theme: Theme,
    has_color: bool,
    /// Borders, bars and dots of plain ASCII.
    pub is_ascii: bool,
}

impl Styles {
    /// The terminal's own sixteen colours, or attributes alone.
    pub fn new(color: bool, ascii: bool) -> Self {
        Self::from_theme(Theme::default(), color, ascii)
    }

    /// The colours of a theme, or its attributes alone.
    pub const fn from_theme(theme: Theme, color: bool, ascii: bool) -> Self {
        Self { theme, has_color: color, is_ascii: ascii }
    }

    /// How this role is painted.
    pub fn get(&self, role: Role) -> Style {
        let style = self.themed_style(role);
        if self.has_color { style } else { without_color(role, style) }
    }

    /// The ground of this role alone, for a line that others write on.
    pub(crate) fn background(&self, role: Role) -> Style {
        Style { bg: self.get(role).bg, ..Style::new() }
    }

    fn themed_style(&self, role: Role) -> Style {
        let paint = self.theme.paint(role);
        Style { fg: paint.fg, bg: paint.bg, ..Style::new() }.add_modifier(paint.modifiers)
    }
}

/// Without a colour nothing may be set, not even a reset: crossterm's ends the attributes as well.
fn without_color(role: Role, style: Style) -> Style {
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
    fn without_color_only_attributes_remain() {
        let dark = crate::settings::Theme::load("dark", &Default::default()).expect("a theme of ours");
        let style = Styles::from_theme(dark.clone(), true, false).get(Role::Error);
        assert_eq!((style.fg, style.add_modifier), (dark.paint(Role::Error).fg, Modifier::BOLD));
        let bare = Styles::from_theme(dark, false, false).get(Role::Error);
        assert_eq!((bare.fg, bare.bg, bare.add_modifier), (None, None, Modifier::BOLD));
    }
}
