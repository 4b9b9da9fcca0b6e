//! Enums whose variants are words of the interface.

/// Defines an enum with a word for each variant, as on screen, in flags and in JSON. Variants may have a second
/// text, returned by the method that is named behind the enum.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$variant_meta:meta])* $variant:ident => $word:literal),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $name {
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// As on screen, in flags and in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident, $(#[$text_meta:meta])* $text_of:ident {
            $($(#[$variant_meta:meta])* $variant:ident => $word:literal, $text:literal;)+
        }
    ) => {
        $crate::words::words! {
            $(#[$meta])*
            pub enum $name { $($(#[$variant_meta])* $variant => $word),+ }
        }

        impl $name {
            $(#[$text_meta])*
            pub const fn $text_of(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

pub(crate) use words;
