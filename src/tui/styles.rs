//! Maps the roles of a theme to styles. Without colour, attributes such as bold remain, so no meaning
//! depends on colour alone.

use ratatui::style::{Modifier, Style};

pub(crate) use crate::settings::Role;
use crate::settings::Theme;

#[derive(Debug, Clone, PartialEq)]
pub struct Styles {
    theme: Theme,
    has_color: bool,
    /// Whether borders, bars and dots are drawn in ASCII.
    pub is_ascii: bool,
}

impl Styles {
    /// Uses the terminal's sixteen colours, or attributes only.
    pub fn new(color: bool, ascii: bool) -> Self {
        Self::from_theme(Theme::default(), color, ascii)
    }

    /// Uses the colours of a theme, or its attributes only.
    pub const fn from_theme(theme: Theme, color: bool, ascii: bool) -> Self {
        Self { theme, has_color: color, is_ascii: ascii }
    }

    pub fn get(&self, role: Role) -> Style {
        let style = self.themed_style(role);
        if self.has_color { style } else { remove_colors(role, style) }
    }

    /// The background of this role, for a line with text of other roles.
    pub(crate) fn background(&self, role: Role) -> Style {
        Style { bg: self.get(role).bg, ..Style::new() }
    }

    fn themed_style(&self, role: Role) -> Style {
        let colors = self.theme.paint(role);
        Style { fg: colors.fg, bg: colors.bg, ..Style::new() }.add_modifier(colors.modifiers)
    }
}

/// Unsets all colours, and adds attributes to some roles. Not even a colour reset may remain:
/// crossterm's reset clears attributes too.
fn remove_colors(role: Role, style: Style) -> Style {
    let bare = Style { fg: None, bg: None, underline_color: None, ..style };
    match role {
        Role::Selection => bare.add_modifier(Modifier::REVERSED),
        Role::BorderFocused | Role::Accent | Role::Marked | Role::Error => bare.add_modifier(Modifier::BOLD),
        Role::Match => bare.add_modifier(Modifier::UNDERLINED),
        Role::Muted | Role::Border | Role::BarEmpty => bare.add_modifier(Modifier::DIM),
        Role::Text
        | Role::Title
        | Role::Header
        | Role::Status
        | Role::Ok
        | Role::Warn
        | Role::Problem
        | Role::Bar
        | Role::BarLow
        | Role::BarMid
        | Role::BarHigh
        | Role::Spark => bare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_attributes_remain_without_color() {
        let dark = crate::settings::Theme::load("dark", &Default::default()).expect("built-in theme");
        let style = Styles::from_theme(dark.clone(), true, false).get(Role::Error);
        assert_eq!((style.fg, style.add_modifier), (dark.paint(Role::Error).fg, Modifier::BOLD));
        let bare = Styles::from_theme(dark, false, false).get(Role::Error);
        assert_eq!((bare.fg, bare.bg, bare.add_modifier), (None, None, Modifier::BOLD));
    }
}
