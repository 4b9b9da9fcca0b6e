//! Where the keys of an action work.

macro_rules! scopes {
    ($($(#[$doc:meta])* $scope:ident $place:expr, $palette:ident;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Scope {
            $($(#[$doc])* $scope,)+
        }

        impl Scope {
            /// All scopes, the inner ones of the home screen first.
            pub(crate) const ALL: &[Self] = &[$(Self::$scope),+];

            /// Where a key of this scope works, in words; `None` for keys that need no hint elsewhere.
            pub(crate) const fn place(self) -> Option<&'static str> {
                match self {
                    $(Self::$scope => $place,)+
                }
            }

            /// Whether the palette lists actions of this scope. It omits those of text dialogs, forms and menus, which
            /// work only there.
            pub(crate) const fn is_in_palette(self) -> bool {
                match self {
                    $(Self::$scope => PaletteListing::$palette.is_listed(),)+
                }
            }
        }
    };
}

#[derive(Clone, Copy)]
enum PaletteListing {
    Listed,
    Omitted,
}

impl PaletteListing {
    const fn is_listed(self) -> bool {
        matches!(self, Self::Listed)
    }
}

scopes! {
    Plans Some("in pane 1"), Listed;
    Pool Some("in pane 2"), Listed;
    Keys Some("in pane 3"), Listed;
    Test Some("in pane 4"), Listed;
    /// In the plans, pool and keys panes.
    Lists Some("in panes 1 to 3"), Listed;
    /// In every pane of the home screen.
    Home Some("on the home screen"), Listed;
    Doctor Some("in the doctor"), Listed;
    Setup Some("on the setup screen"), Listed;
    /// On the screen of the API's methods.
    Methods Some("in the list of methods"), Listed;
    Usage Some("on the usage screen"), Listed;
    /// On the screen of monthly charges.
    Report Some("in the report"), Listed;
    /// On every screen but the home screen.
    View None, Listed;
    /// On every screen and in every dialog.
    Everywhere None, Listed;
    /// In the result of a key lookup.
    FoundKeys None, Omitted;
    /// In a dialog that shows text, for example help or details.
    Text None, Omitted;
    /// In the details of a tenant key.
    Details None, Omitted;
    /// In the help.
    Help None, Omitted;
    /// While the filter is being typed.
    Filter None, Omitted;
    /// In the palette.
    Palette None, Omitted;
    /// In forms, menus and dialogs.
    Dialog None, Omitted;
    /// In a dialog answered by yes or no.
    Confirm None, Omitted;
}

/// The scopes that are active together, apart from [`Scope::Everywhere`], the innermost first.
const STACKS: &[&[Scope]] = &[
    &[Scope::Plans, Scope::Lists, Scope::Home],
    &[Scope::Pool, Scope::Lists, Scope::Home],
    &[Scope::Keys, Scope::Lists, Scope::Home],
    &[Scope::Test, Scope::Home],
    &[Scope::Doctor, Scope::View],
    &[Scope::Setup, Scope::View],
    &[Scope::Methods, Scope::View],
    &[Scope::Usage, Scope::View],
    &[Scope::Report, Scope::View],
    &[Scope::FoundKeys, Scope::Text],
    &[Scope::Details, Scope::Text],
    &[Scope::Help, Scope::Text],
    &[Scope::Filter],
    &[Scope::Palette],
    &[Scope::Confirm, Scope::Dialog],
];

impl Scope {
    /// Whether both scopes can be active at the same time.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        let is_everywhere = self == Self::Everywhere || other == Self::Everywhere;
        is_everywhere || STACKS.iter().any(|stack| stack.contains(&self) && stack.contains(&other))
    }

    /// Whether the keys of this scope work only on the home screen.
    pub(crate) fn works_only_on_home(self) -> bool {
        self != Self::Everywhere && self.overlaps(Self::Home)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_active_in_some_stack() {
        for scope in Scope::ALL {
            assert!(scope.overlaps(*scope), "{scope:?} is in no stack");
        }
    }
}
