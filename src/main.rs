//! Parse the arguments, call the library, turn the outcome into an exit code.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    match regoscope::cli::main(std::env::args_os()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("regoscope: {error:#}");
            ExitCode::from(2)
        }
    }
}
