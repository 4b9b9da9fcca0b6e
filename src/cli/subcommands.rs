//! Commands that consist of subcommands.

/// Defines the subcommands of a command, one per row: the variant and the type of its arguments.
macro_rules! subcommands {
    ($name:ident { $($variant:ident($args:ty)),+ $(,)? }) => {
        #[derive(Debug, clap::Subcommand)]
        enum $name { $($variant($args)),+ }

        impl $name {
            async fn run(
                &self,
                session: &$crate::cli::session::Session,
            ) -> Result<(), $crate::cli::exit::CommandError> {
                match self { $(Self::$variant(command) => command.run(session).await),+ }
            }
        }
    };
}

pub(super) use subcommands;
