//! The input thread: what the terminal sends becomes messages.
//!
//! Two threads, because a blocking read cannot wait for the rest of a half sequence: one reads, the other decodes,
//! counts clicks and joins what was pasted. Both queues are bounded, so input that comes faster than it is used waits
//! in the terminal and not in our memory.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use rustix::event::{PollFd, PollFlags, poll};

use super::decode::{Decoder, Event, MouseAction, RawMouse};
use crate::app::input::{Chord, Key, Mouse, MouseKind};
use crate::app::msg::Msg;

/// More characters than this that arrive in one piece were pasted, not typed.
const TYPED_AT_ONCE: usize = 8;
/// More bytes than this at once are no keys that someone types.
const NOT_TYPED: usize = 512;
/// How long the next piece of a paste is waited for, and how long all of them.
const NEXT_PIECE: Duration = Duration::from_millis(3);
const LONGEST_GATHERING: Duration = Duration::from_millis(60);
/// What arrives this soon after a piece of a paste belongs to it.
const PASTE_GOES_ON: Duration = Duration::from_millis(50);
/// Presses at one place this close together are a double or triple click.
const DOUBLE_CLICK: Duration = Duration::from_millis(400);

/// What is typed, and the way to leave it to another program for a while.
pub struct Input {
    /// Ends (is disconnected) when the terminal is gone.
    pub receiver: Receiver<Msg>,
    lent: Arc<(Mutex<bool>, Condvar)>,
    /// A byte in it makes the reader look.
    wake: PipeWriter,
}

impl Input {
    /// Leaves what is typed from now on to another program, or takes it again.
    pub fn lend(&mut self, lent: bool) {
        *self.lent.0.lock().unwrap_or_else(PoisonError::into_inner) = lent;
        self.lent.1.notify_all();
        // The reader may wait for a key, which would be lost to the other program.
        let _ = self.wake.write_all(b".");
    }
}

/// Starts reading.
///
/// # Errors
/// If standard input cannot be used or a thread cannot be started.
pub fn listen() -> io::Result<Input> {
    let tty = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let (bytes_in, bytes) = bounded(16);
    let (messages_in, receiver) = bounded(1024);
    let (woken, wake) = io::pipe()?;
    let lent = Arc::new((Mutex::new(false), Condvar::new()));
    let reader = Reader { tty, woken, lent: Arc::clone(&lent) };
    thread::Builder::new().name("terminal".into()).spawn(move || read(reader, &bytes_in))?;
    thread::Builder::new().name("input".into()).spawn(move || decode(&bytes, &messages_in))?;
    Ok(Input { receiver, lent, wake })
}

/// Reads the terminal while it is not lent.
struct Reader {
    tty: File,
    woken: PipeReader,
    lent: Arc<(Mutex<bool>, Condvar)>,
}

impl Reader {
    /// Waits until there is something to read.
    fn wait(&mut self) -> io::Result<()> {
        loop {
            let mut sources =
                [PollFd::new(&self.tty, PollFlags::IN), PollFd::new(&self.woken, PollFlags::IN)];
            poll(&mut sources, None)?;
            let [typed, woken] = sources.map(|source| source.revents());
            if !woken.is_empty() {
                if self.woken.read(&mut [0; 16])? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let mut lent = self.lent.0.lock().unwrap_or_else(PoisonError::into_inner);
                while *lent {
                    lent = self.lent.1.wait(lent).unwrap_or_else(PoisonError::into_inner);
                }
            } else if !typed.is_empty() {
                return Ok(());
            }
        }
    }
}

/// Reads until the terminal is gone: an end of input or an error.
fn read(mut reader: Reader, bytes: &Sender<Vec<u8>>) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match reader.wait().and_then(|()| reader.tty.read(&mut buffer)) {
            Ok(0) => return,
            Ok(count) => {
                let piece = buffer.get(..count).unwrap_or_default().to_vec();
                if bytes.send(piece).is_err() {
                    return;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Another program that shares the terminal made it non-blocking.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(5))
            }
            Err(_) => return,
        }
    }
}

fn decode(bytes: &Receiver<Vec<u8>>, messages: &Sender<Msg>) {
    let start = Instant::now();
    let (mut decoder, mut gatherer) = (Decoder::default(), Gatherer::default());
    let mut events = Vec::new();
    loop {
        let piece = match decoder.patience() {
            Some(patience) => bytes.recv_timeout(patience),
            None => bytes.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match piece {
            Ok(piece) => {
                let begun = Instant::now();
                let mut next = Some(piece);
                while let Some(piece) = next {
                    decoder.feed(&piece, &mut events);
                    // A paste comes in pieces; those that follow at once make one text with it, one step back.
                    let wait = if piece.len() > NOT_TYPED { NEXT_PIECE } else { Duration::ZERO };
                    let goes_on = begun.elapsed() < LONGEST_GATHERING;
                    next = goes_on.then(|| bytes.recv_timeout(wait).ok()).flatten();
                }
            }
            Err(RecvTimeoutError::Timeout) => decoder.give_up(&mut events),
            Err(RecvTimeoutError::Disconnected) => return,
        }
        for msg in gatherer.gather(std::mem::take(&mut events), start.elapsed()) {
            if messages.send(msg).is_err() {
                return;
            }
        }
    }
}

/// Joins what arrived in one piece, and counts clicks. Pure: the time is given in.
#[derive(Debug, Default)]
struct Gatherer {
    /// Until when plain characters belong to the paste before them.
    pasting_until: Duration,
    last_press: Option<(Duration, u16, u16, u8)>,
}

impl Gatherer {
    /// The messages of the events that arrived together at `now`.
    fn gather(&mut self, events: Vec<Event>, now: Duration) -> Vec<Msg> {
        let mut out = Vec::with_capacity(events.len().min(256));
        let mut run = Vec::new();
        for event in events {
            match event {
                Event::Key(chord) if types_text(chord).is_some() => run.push(chord),
                other => {
                    self.flush(&mut run, now, &mut out);
                    out.push(match other {
                        Event::Key(chord) => Msg::Key(chord),
                        Event::Paste(text) => Msg::Paste(text),
                        Event::Focus(on) => Msg::Focus(on),
                        Event::Background { light } => Msg::Background { light },
                        Event::Mouse(report) => Msg::Mouse(self.mouse(report, now)),
                    });
                }
            }
        }
        self.flush(&mut run, now, &mut out);
        out
    }

    /// A run of characters (and Enter, Tab) becomes one text if it was clearly pasted, so that line breaks in it are
    /// text too and no indentation is added to them; else it stays keys.
    fn flush(&mut self, run: &mut Vec<Chord>, now: Duration, out: &mut Vec<Msg>) {
        let goes_on = !run.is_empty() && now < self.pasting_until;
        // A key that is held down repeats itself.
        let held = run.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
        if !goes_on && (run.len() <= TYPED_AT_ONCE || held) {
            // A line feed that is not part of a paste is the key that sends it.
            out.extend(run.drain(..).map(Msg::Key));
            return;
        }
        let mut text = String::with_capacity(run.len());
        let mut after_return = false;
        for chord in run.drain(..) {
            // `\r\n` is one line break.
            if !(after_return && chord == LINE_FEED) {
                text.extend(types_text(chord));
            }
            after_return = chord.key == Key::Enter;
        }
        // One line with Enter at its end may be typed ahead: the Enter stays a key.
        let enter = !goes_on && text.find('\n') == Some(text.len() - 1);
        if enter {
            text.pop();
        } else {
            self.pasting_until = now + PASTE_GOES_ON;
        }
        out.push(Msg::Text(text));
        if enter {
            out.push(Msg::Key(Chord::plain(Key::Enter)));
        }
    }

    fn mouse(&mut self, report: RawMouse, now: Duration) -> Mouse {
        let RawMouse { action, column, row, shift } = report;
        let kind = match action {
            MouseAction::Press => {
                let clicks = match self.last_press {
                    Some((at, c, r, clicks))
                        if (c, r) == (column, row)
                            && now.saturating_sub(at) <= DOUBLE_CLICK
                            && clicks < 3 =>
                    {
                        clicks + 1
                    }
                    _ => 1,
                };
                self.last_press = Some((now, column, row, clicks));
                MouseKind::Press { clicks }
            }
            MouseAction::Drag => MouseKind::Drag,
            MouseAction::Release => MouseKind::Release,
            MouseAction::ScrollUp => MouseKind::ScrollUp,
            MouseAction::ScrollDown => MouseKind::ScrollDown,
            MouseAction::ScrollLeft => MouseKind::ScrollLeft,
            MouseAction::ScrollRight => MouseKind::ScrollRight,
        };
        Mouse { kind, column, row, shift }
    }
}

/// What a pasted line feed arrives as.
const LINE_FEED: Chord = Chord { key: Key::Char('j'), ctrl: true, alt: false, shift: false };

/// The character that a key stands for inside a paste.
fn types_text(chord: Chord) -> Option<char> {
    match chord {
        LINE_FEED => Some('\n'),
        Chord { ctrl: true, .. } | Chord { alt: true, .. } => None,
        Chord { key: Key::Char(c), .. } => Some(c),
        Chord { key: Key::Enter, shift: false, .. } => Some('\n'),
        Chord { key: Key::Tab, shift: false, .. } => Some('\t'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn gathered(gatherer: &mut Gatherer, bytes: &str, now: Duration) -> String {
        let mut events = Vec::new();
        Decoder::default().feed(bytes.as_bytes(), &mut events);
        let word = |msg: Msg| match msg {
            Msg::Key(chord) => chord.to_string(),
            Msg::Text(text) => format!("text {text:?}"),
            Msg::Paste(text) => format!("paste {text:?}"),
            Msg::Mouse(mouse) => format!("{:?}", mouse.kind),
            other => format!("{other:?}"),
        };
        gatherer.gather(events, now).into_iter().map(word).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn what_arrives_together() {
        for (bytes, expected) in [
            ("a", "a"),
            ("foo\r", "f | o | o | Enter"),
            ("foo\n", "f | o | o | ^J"),
            ("privileged: false", r#"text "privileged: false""#),
            // Typed ahead on a slow line, or a pasted line: Enter is the last thing, and a key.
            ("privileged: false\r", r#"text "privileged: false" | Enter"#),
            ("spec:\r  hostPID: true\r", r#"text "spec:\n  hostPID: true\n""#),
            ("spec:\r\n\thostPID: true\r\n", r#"text "spec:\n\thostPID: true\n""#),
            ("spec:\n  hostPID: true\n", r#"text "spec:\n  hostPID: true\n""#),
            ("jjjjjjjjjjjj", "j | j | j | j | j | j | j | j | j | j | j | j"),
            ("123456789\x1b[A123456789", r#"text "123456789" | Up | text "123456789""#),
            ("\x1b[200~a\rb\x1b[201~", r#"paste "a\rb""#),
        ] {
            assert_eq!(gathered(&mut Gatherer::default(), bytes, MS * 1000), expected, "{bytes:?}");
        }
    }

    #[test]
    fn the_end_of_a_paste_that_came_later_is_still_text() {
        let mut gatherer = Gatherer::default();
        assert_eq!(
            gathered(&mut gatherer, "one line\rtwo lines", MS * 1000),
            r#"text "one line\ntwo lines""#
        );
        assert_eq!(gathered(&mut gatherer, "\rx", MS * 1010), r#"text "\nx""#);
        assert_eq!(gathered(&mut gatherer, "\rx", MS * 2000), "Enter | x");
    }

    #[test]
    fn clicks_are_counted() {
        let mut gatherer = Gatherer::default();
        let press = "\x1b[<0;5;5M\x1b[<0;5;5m";
        for (at, bytes, clicks) in [
            (1000, press, 1),
            (1200, press, 2),
            (1400, press, 3),
            (1500, press, 1),
            (2000, press, 1),
            (2100, "\x1b[<0;6;5M", 1),
        ] {
            let expected = format!("Press {{ clicks: {clicks} }}");
            assert!(gathered(&mut gatherer, bytes, MS * at).starts_with(&expected), "at {at}");
        }
    }
}
