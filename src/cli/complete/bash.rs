//! Bash's part: the script of clap's own engine puts names on the command line without quoting them, and a name may hold
//! whatever a shell would run.

use clap::Command;
use clap_complete::env::EnvCompleter;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

/// What bash runs once; it calls the program by its name, which it has on its path.
const SCRIPT: &str = include_str!("hotseat.bash");

/// Bash, with words that are quoted.
pub struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        clap_complete::env::Bash.name()
    }

    fn is(&self, name: &str) -> bool {
        clap_complete::env::Bash.is(name)
    }

    fn write_registration(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: &str,
        into: &mut dyn Write,
    ) -> io::Result<()> {
        into.write_all(SCRIPT.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        into: &mut dyn Write,
    ) -> io::Result<()> {
        clap_complete::env::Bash.write_complete(command, words, folder, into)
    }
}
