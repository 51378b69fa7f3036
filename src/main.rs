//! Entry point: runs the command line and returns its exit code.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    verbatim::cli::main()
}
