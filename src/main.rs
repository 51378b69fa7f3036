//! The program: parses, runs and maps the outcome to an exit code.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    verbatim::cli::main()
}
