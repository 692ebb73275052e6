//! Parse the arguments, call the library, turn the outcome into an exit code.
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::ExitCode;

use regoscope::core::display_safe::display_safe;

fn main() -> ExitCode {
    match regoscope::cli::main(std::env::args_os()) {
        Ok(code) => code,
        Err(error) => {
            // Not `eprintln!`, which panics where nobody listens.
            let _ = writeln!(std::io::stderr(), "regoscope: {}", display_safe(&format!("{error:#}")));
            ExitCode::from(2)
        }
    }
}
