//! hotseat: parse, run, exit code.

fn main() -> std::process::ExitCode {
    hotseat::cli::main().into()
}
