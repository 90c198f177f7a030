//! `serve`: what there is to develop and to test against, until it is stopped. Without a further word it is the custodian.

mod custodian;
mod portal;

pub(crate) use custodian::{DEFAULT_SECRET, of_reference};
pub(crate) use portal::DEFAULT_KEY as DEFAULT_PORTAL_KEY;

use super::Error;
use clap::{Args, Subcommand};
use custodian::Custodian;
use portal::Portal;
use std::process::ExitCode;

/// Serves the reference custodian, or a local Portal.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, after_help = custodian::examples("serve"))]
pub(crate) struct Serve {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    custodian: Custodian,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Serve the reference custodian, which `serve` alone does too
    Custodian(Custodian),
    /// Serve a local Portal: the part of its API that a custodian's backend calls
    Portal(Box<Portal>),
}

pub(crate) fn serve(args: Serve) -> Result<ExitCode, Error> {
    match args.what {
        None => custodian::custodian(args.custodian),
        Some(What::Custodian(args)) => custodian::custodian(args),
        Some(What::Portal(args)) => portal::portal(&args),
    }
}
