//! The screen: entering, drawing, leaving.
//!
//! Frames are drawn into memory and written by a thread of their own. While the terminal does not take them (a slow
//! line, Ctrl-S) no further frame is drawn, the loop goes on, and nothing piles up. The terminal's state from before
//! is kept in one place, so that whoever ends the program (the loop, a signal, a panic in any thread) can restore it,
//! once.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{SetCursorStyle, Show};
use crossterm::event::{DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange};
use crossterm::queue;
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};
use rustix::termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetwinsize, tcsetattr};

use crate::app::effect::CLIPBOARD_LIMIT;
use crate::core::display_safe::display_safe;

/// Presses, drags and the wheel, in the encoding without a limit to the column. Not crossterm's command, which also
/// asks for every move of the mouse and for two encodings that cut columns.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1002l\x1b[?1000l";
/// Asks for the background colour; the answer comes as input, whenever it comes.
const ASK_BACKGROUND: &[u8] = b"\x1b]11;?\x07";
/// The largest screen that is drawn, in columns and in cells: some ptys claim 65,535 columns.
const LARGEST: (u16, u32) = (2_000, 500_000);
/// How long leaving waits for a terminal that does not take what is written.
const PATIENCE: Duration = Duration::from_millis(500);

/// The terminal's modes from before, while the screen is ours.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// How to set up the terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Take mouse reports.
    pub mouse: bool,
    /// Ask the terminal for its background colour.
    pub ask_background: bool,
}

/// The terminal while it is ours.
pub struct Screen {
    options: Options,
    terminal: Terminal<CrosstermBackend<Memory>>,
    /// What goes before the next frame: a copy to the clipboard.
    before_frame: Vec<u8>,
    memory: Memory,
    /// What the last frame changed. The same once more changes nothing.
    last_drawn: Vec<u8>,
    frames: Sender<Vec<u8>>,
    written: Receiver<io::Result<Vec<u8>>>,
    busy: bool,
    size: (u16, u16),
}

/// What the backend writes to: one frame.
#[derive(Clone, Default)]
struct Memory(Rc<RefCell<Vec<u8>>>);

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// If the terminal is gone or a thread cannot be started; the terminal is as it was then.
    pub fn enter(options: Options) -> io::Result<Self> {
        let (frames, to_write) = bounded::<Vec<u8>>(1);
        let (done, written) = bounded(1);
        let out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        thread::Builder::new().name("frames".into()).spawn(move || write_frames(out, &to_write, &done))?;
        let memory = Memory::default();
        let terminal = Terminal::with_options(
            CrosstermBackend::new(memory.clone()),
            TerminalOptions { viewport: Viewport::Fixed(Rect::ZERO) },
        )?;
        let mut screen = Self {
            options,
            terminal,
            before_frame: Vec::new(),
            memory,
            last_drawn: Vec::new(),
            frames,
            written,
            busy: false,
            size: (0, 0),
        };
        screen.take()?;
        Ok(screen)
    }

    /// Sets the modes; the next frame draws everything.
    fn take(&mut self) -> io::Result<()> {
        let tty = io::stdin();
        let before = tcgetattr(&tty)?;
        let mut raw = before.clone();
        raw.make_raw();
        // In the background this stops us, before anything was written, until a shell brings us to the front.
        tcsetattr(&tty, OptionalActions::Now, &raw)?;
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        let mut bytes = Vec::new();
        queue!(
            bytes,
            EnterAlternateScreen,
            EnableBracketedPaste,
            EnableFocusChange,
            SetCursorStyle::SteadyBar
        )?;
        if self.options.mouse {
            bytes.extend_from_slice(MOUSE_ON);
        }
        if self.options.ask_background && answers_questions() {
            bytes.extend_from_slice(ASK_BACKGROUND);
        }
        self.before_frame.extend_from_slice(&bytes);
        self.measure()?;
        Ok(())
    }

    /// Reads the size of the terminal and has the next frame draw everything. A size with a zero means that nothing
    /// can be drawn.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn measure(&mut self) -> io::Result<(u16, u16)> {
        let size = tcgetwinsize(io::stdout())?;
        let width = size.ws_col.min(LARGEST.0);
        let height = match u32::from(width) {
            0 => 0,
            width => size.ws_row.min(u16::try_from(LARGEST.1 / width).unwrap_or(u16::MAX)),
        };
        self.size = (width, height);
        // Resizing may have left anything on the screen.
        self.last_drawn.clear();
        self.terminal.resize(Rect::new(0, 0, width, height))?;
        Ok(self.size)
    }

    /// Columns and rows, as last measured.
    #[must_use]
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// A frame can be drawn: the last one is written and there is a place to draw it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.busy && self.size.0 > 0 && self.size.1 > 0
    }

    /// Gives something when the last frame was written; pass it to [`Screen::frame_written`].
    #[must_use]
    pub fn written(&self) -> Receiver<io::Result<Vec<u8>>> {
        self.written.clone()
    }

    /// Notes that the last frame was written.
    ///
    /// # Errors
    /// If the terminal did not take it: it is gone.
    pub fn frame_written(&mut self, outcome: io::Result<Vec<u8>>) -> io::Result<()> {
        self.busy = false;
        let mut buffer = outcome?;
        buffer.clear();
        // The buffer serves the next frame, unless it has grown out of all proportion.
        if buffer.capacity() <= 1 << 20 {
            self.memory.0.replace(buffer);
        }
        Ok(())
    }

    /// Draws one frame and hands it to the thread that writes it. Only when [`Screen::is_ready`].
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame)) -> io::Result<()> {
        self.terminal.draw(draw)?;
        let drawn = self.memory.0.take();
        if drawn == self.last_drawn && self.before_frame.is_empty() {
            return Ok(());
        }
        let mut frame = std::mem::take(&mut self.before_frame);
        queue!(frame, BeginSynchronizedUpdate)?;
        frame.extend_from_slice(&drawn);
        queue!(frame, EndSynchronizedUpdate)?;
        self.last_drawn = drawn;
        self.busy = true;
        self.frames.send(frame).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }

    /// Puts text on the clipboard (OSC 52) together with the next frame. Control characters become markers; a text
    /// over [`CLIPBOARD_LIMIT`] is not sent, because terminals drop it.
    ///
    /// # Errors
    /// None in practice: it writes to memory.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let safe = display_safe(text);
        if safe.len() <= CLIPBOARD_LIMIT {
            queue!(self.before_frame, CopyToClipboard::to_clipboard_from(safe.as_ref()))?;
        }
        Ok(())
    }

    /// Gives the terminal back for a while, e.g. to the shell. [`Screen::resume`] takes it again.
    pub fn pause(&mut self) {
        if self.busy
            && let Ok(Ok(_)) = self.written.recv_timeout(PATIENCE)
        {
            self.busy = false;
        }
        restore_now();
    }

    /// Takes the terminal again.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub fn resume(&mut self) -> io::Result<()> {
        restore_now();
        self.take()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.pause();
    }
}

/// Restores the terminal if it is ours. From any thread, as often as you like.
pub fn restore_now() {
    let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() else { return };
    // A thread of its own, since a terminal that takes nothing would hold us for ever.
    let (done, wait) = bounded(1);
    let writing = thread::Builder::new().name("restore".into()).spawn(move || {
        let _ = io::stdout().as_fd().try_clone_to_owned().map(File::from).and_then(|mut out| {
            let mut bytes = Vec::new();
            bytes.extend_from_slice(MOUSE_OFF);
            queue!(
                bytes,
                EndSynchronizedUpdate,
                DisableFocusChange,
                DisableBracketedPaste,
                SetCursorStyle::DefaultUserShape,
                SetAttribute(Attribute::Reset),
                Show,
                LeaveAlternateScreen
            )?;
            out.write_all(&bytes)
        });
        let _ = done.send(());
    });
    if writing.is_ok() {
        let _ = wait.recv_timeout(PATIENCE);
    }
    let tty = io::stdin();
    // Reports of the mouse that are still on their way would appear at the shell's prompt.
    let _ = tcflush(&tty, QueueSelector::IFlush);
    let _ = tcsetattr(&tty, OptionalActions::Now, &before);
}

/// Writes frames, one after the other, until the sender is gone or the terminal is.
fn write_frames(mut out: File, frames: &Receiver<Vec<u8>>, done: &Sender<io::Result<Vec<u8>>>) {
    for frame in frames {
        let outcome = write_all(&mut out, &frame);
        if done.send(outcome.map(|()| frame)).is_err() {
            return;
        }
    }
}

/// Writes all of it, also where another program made the shared terminal non-blocking.
fn write_all(out: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(5))
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The terminals that print a question instead of answering it, or answer in the wrong order, are not asked.
fn answers_questions() -> bool {
    let term = std::env::var("TERM").unwrap_or_default();
    !(term == "linux" || term == "Eterm" || term == "screen" || term.starts_with("screen."))
}
