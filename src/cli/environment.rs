//! Where the custodian stands: in production nothing is sent that could hurt anybody.

use super::Error;
use clap::{Args, ValueEnum};

/// Says where the custodian stands.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Safety")]
pub(crate) struct EnvironmentArgs {
    /// Where the custodian stands; in production, only sharecheck rehearse may store, and only for clients that you name
    #[arg(long, value_enum, env = "SHARECHECK_ENVIRONMENT")]
    environment: Option<Environment>,
    /// The same as --environment production
    #[arg(long)]
    production: bool,
}

/// Where a custodian stands: a developer's machine or a test's, a copy of production without real users, or where these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Environment {
    Development,
    Staging,
    Production,
}

impl EnvironmentArgs {
    /// Whether real users are there.
    pub(crate) fn is_production(self) -> bool {
        self.production || self.environment == Some(Environment::Production)
    }

    /// Refuses what must not be done where real users are; `what` it is, as the beginning of a sentence.
    pub(crate) fn refuse(self, what: &'static str) -> Result<(), Error> {
        if self.is_production() {
            return Err(Error::Production(what));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_what_either_flag_says() {
        let with = |environment, production| EnvironmentArgs {
            environment,
            production,
        };
        assert!(with(None, true).refuse("a run").is_err());
        assert!(
            with(Some(Environment::Production), false)
                .refuse("a run")
                .is_err()
        );
        assert!(with(Some(Environment::Staging), true).is_production());
        assert!(
            with(Some(Environment::Staging), false)
                .refuse("a run")
                .is_ok()
        );
    }
}
