//! The app's timers, as a list: the loop waits no longer than the first one allows, so nothing ticks meanwhile.

use std::collections::BTreeSet;

use crate::app::effect::Timer;
use crate::app::msg::Now;

/// Timers that have not gone off.
#[derive(Debug, Default)]
pub struct Timers(BTreeSet<(Now, Timer)>);

impl Timers {
    /// Lets `timer` go off at `due`.
    pub fn set(&mut self, due: Now, timer: Timer) {
        self.0.insert((due, timer));
    }

    /// When the first one goes off.
    #[must_use]
    pub fn next(&self) -> Option<Now> {
        self.0.first().map(|(due, _)| *due)
    }

    /// Takes one that is due.
    pub fn take_due(&mut self, now: Now) -> Option<Timer> {
        self.0.first().filter(|(due, _)| *due <= now)?;
        self.0.pop_first().map(|(_, timer)| timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn timers_go_off_in_order_and_not_before() {
        let second = Duration::from_secs;
        let mut timers = Timers::default();
        timers.set(second(3), Timer::Clock);
        timers.set(second(1), Timer::Checking(7));
        assert_eq!(timers.next(), Some(second(1)));
        assert_eq!(timers.take_due(second(0)), None);
        assert_eq!(timers.take_due(second(5)), Some(Timer::Checking(7)));
        assert_eq!(timers.take_due(second(5)), Some(Timer::Clock));
        assert_eq!((timers.take_due(second(5)), timers.next()), (None, None));
    }
}
