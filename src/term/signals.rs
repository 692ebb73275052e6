//! Signals become values: the loop decides what to do, at a moment of its own.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, unbounded};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::flag::register_conditional_shutdown;
use signal_hook::iterator::Signals;

/// The signals that end the program. The exit code is 128 plus the signal's number, as shells have it.
const ENDING: [i32; 4] = [SIGTERM, SIGHUP, SIGINT, SIGQUIT];
/// The loop gets this long to leave in order before it is left behind.
const GRACE: Duration = Duration::from_secs(1);

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Leave with this exit code.
    Terminate(u8),
    /// SIGTSTP from outside (in raw mode Ctrl-Z is a key like others).
    Suspend,
    /// The program runs again: the terminal may be in any state.
    Continue,
    /// The window has another size.
    Resize,
}

/// The source of signals.
#[derive(Debug)]
pub struct Listener {
    /// Signals in the order they arrived.
    pub receiver: Receiver<Signal>,
    /// While the program is suspended, its terminal is in order and nobody can run the loop: an ending signal ends it
    /// at once.
    suspended: Arc<AtomicBool>,
    /// While another program has the terminal, its keys for signals are not for us.
    lent: Arc<AtomicBool>,
    /// Each SIGWINCH that was looked at.
    looked: Receiver<()>,
}

impl Listener {
    /// Begins to listen.
    ///
    /// # Errors
    /// If a handler or the thread cannot be set up.
    pub fn start() -> io::Result<Self> {
        let suspended = Arc::new(AtomicBool::new(false));
        for signal in ENDING {
            register_conditional_shutdown(signal, 128 + signal, Arc::clone(&suspended))?;
        }
        let mut signals = Signals::new(ENDING.into_iter().chain([SIGTSTP, SIGCONT, SIGWINCH]))?;
        let (sender, receiver) = unbounded();
        let lent = Arc::new(AtomicBool::new(false));
        let not_ours = Arc::clone(&lent);
        let (look, looked) = bounded(1);
        thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                if not_ours.load(Ordering::SeqCst) && [SIGINT, SIGQUIT, SIGTSTP].contains(&signal) {
                    continue;
                }
                let code = u8::try_from(128 + signal).unwrap_or(1);
                let told = sender.send(match signal {
                    SIGTSTP => Signal::Suspend,
                    SIGCONT => Signal::Continue,
                    SIGWINCH => Signal::Resize,
                    _ => Signal::Terminate(code),
                });
                if signal == SIGWINCH {
                    let _ = look.try_send(());
                }
                if ENDING.contains(&signal) {
                    if told.is_ok() {
                        thread::sleep(GRACE);
                    }
                    super::screen::restore_now();
                    std::process::exit(i32::from(code));
                }
            }
        })?;
        Ok(Self { receiver, suspended, lent, looked })
    }

    /// Another program has the terminal, or has it no more.
    pub fn lend(&self, lent: bool) {
        if !lent {
            // Its Ctrl-C came to us too and may not have been looked at: it comes before a signal that is sent now.
            let _ = self.looked.try_recv();
            let sent =
                rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::WINCH);
            let _ = sent.map(|()| self.looked.recv_timeout(GRACE));
        }
        self.lent.store(lent, Ordering::SeqCst);
    }

    /// Stops the program as the shell's Ctrl-Z does, and returns when it runs again. `whole_job` also stops what was
    /// started together with it (`cargo run` would else keep the terminal).
    pub fn stop(&self, whole_job: bool) {
        use rustix::process::{Signal as Unix, getpid, kill_current_process_group, kill_process};
        self.suspended.store(true, Ordering::SeqCst);
        // SIGSTOP, because SIGTSTP is the one we listen to.
        let stopped = if whole_job {
            kill_current_process_group(Unix::STOP)
        } else {
            kill_process(getpid(), Unix::STOP)
        };
        // The stop may come a moment after the call has returned: only SIGCONT says that it is over. The time limit
        // is for the case that it came and went unseen.
        while stopped.is_ok() && self.receiver.recv_timeout(GRACE).is_ok_and(|s| s != Signal::Continue) {}
        self.suspended.store(false, Ordering::SeqCst);
    }
}

/// A shell is there that can continue us. Without one (`xterm -e regoscope`, the first process of a container) being
/// stopped would be for ever.
#[must_use]
pub fn can_suspend() -> bool {
    rustix::process::getsid(None).is_ok_and(|session| session != rustix::process::getpgrp())
}
