//! The loop: receive one message, drain the rest, update, run effects, draw once.
//!
//! It sleeps until something happens; nothing ticks while nothing moves. A burst of input is taken as a whole before
//! anything is judged or drawn, and a frame is drawn only when the terminal has taken the one before, so the screen
//! may skip frames and never falls behind.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, at, never, select, unbounded};

use crate::app::cluster::{ClusterNews, ClusterRequest, Event as ClusterEvent};
use crate::app::effect::Effect;
use crate::app::keymap::Keymap;
use crate::app::msg::{Msg, Now, ReadWhy};
use crate::app::{App, AppOptions};
use crate::config::Settings;
use crate::core::policy::options::JudgeOptions;
use crate::term::input::Input;
use crate::term::screen::{self, Screen};
use crate::term::signals::{self, Listener, Signal};
use crate::term::{self, input, panic};
use crate::ui;
use crate::work::Workers;
use crate::work::timers::Timers;

/// Taking messages stops after this long, so that an endless stream of them cannot keep the screen from being drawn.
const LONGEST_DRAIN: Duration = Duration::from_millis(20);
/// A window that is being resized is drawn no more often than this.
const RESIZE_PACE: Duration = Duration::from_millis(16);
/// What is typed waits no longer than this for the files of the command line.
const LONGEST_OPENING: Duration = Duration::from_millis(500);
/// The exit code when the terminal is gone: that of SIGHUP, which says the same.
const TERMINAL_GONE: u8 = 129;

/// Opens the screen on these files and folders, on the samples if there are none, and stays until the user leaves.
///
/// # Errors
/// Standard input or output is no terminal, the keys of the settings cannot be used, or the system gives no thread.
pub fn run(paths: Vec<PathBuf>, settings: Settings, options: JudgeOptions) -> anyhow::Result<ExitCode> {
    let start = Instant::now();
    term::check().map_err(|reason| anyhow::anyhow!("{}", reason.message(settings.lang)))?;
    let keymap = Keymap::with_changes(&settings.keys).map_err(|words| anyhow::anyhow!("{words}"))?;
    let (sender, messages) = unbounded();
    // First of all: the evaluator's child starts while the rest is set up.
    let workers = Workers::start(&settings, options, &paths, &sender)?;
    let signals = Listener::start()?;
    panic::install(crate::work::journal::state_folder(), settings.lang, workers.rescue());
    let screen = Screen::enter(screen::Options {
        mouse: settings.mouse,
        ask_background: settings.theme == crate::config::Theme::Auto,
    })?;
    let input = input::listen()?;
    let app = App::new(AppOptions {
        size: screen.size(),
        settings: appearance(&settings),
        keymap,
        deadline: settings.deadline,
        workspace: workspace_name(&paths),
        production: settings.production.clone(),
    });
    let written = screen.written();
    let mut running = Loop {
        opening: Opening::of(&paths, start),
        start,
        app,
        screen,
        workers,
        timers: Timers::default(),
        signals,
        input,
        messages,
        written,
        pasted: String::new(),
        changed: true,
        resize_waits: false,
        resized: false,
        not_before: None,
        ending: None,
        leaving: None,
    };
    if let Some(light) = term::background_by_environment() {
        running.update(Msg::Background { light });
    }
    let code = running.turn();
    let Loop { screen, workers, ending, .. } = running;
    drop(screen);
    // What a signal ended was not saved or given up by the user.
    workers.finish(ending.is_some());
    Ok(ExitCode::from(code))
}

/// The running program.
struct Loop {
    opening: Option<Opening>,
    start: Instant,
    app: App,
    screen: Screen,
    workers: Workers,
    timers: Timers,
    signals: Listener,
    input: Input,
    messages: Receiver<Msg>,
    written: Receiver<io::Result<Vec<u8>>>,
    /// Pieces of text that follow one another are one.
    pasted: String,
    /// Something happened since the last frame.
    changed: bool,
    /// The window has another size that was not read yet.
    resize_waits: bool,
    /// The next frame has another size than the last one.
    resized: bool,
    /// The next frame may not be drawn earlier.
    not_before: Option<Instant>,
    /// What ends the program is not the user, and this is the exit code.
    ending: Option<u8>,
    leaving: Option<u8>,
}

/// The files of the command line are being read: what is typed waits for them, since each takes the focus when it is
/// there.
struct Opening {
    /// How many files are still to come.
    files: usize,
    /// Typing waits no longer.
    until: Instant,
}

impl Opening {
    /// The named files, or any one of the folders.
    fn of(paths: &[PathBuf], start: Instant) -> Option<Self> {
        let files = paths.iter().filter(|path| !path.is_dir()).count().max(usize::from(!paths.is_empty()));
        (files > 0).then(|| Self { files, until: start + LONGEST_OPENING })
    }
}

/// One thing that happened.
enum Event {
    Signal(Signal),
    Msg(Msg),
    Written(io::Result<Vec<u8>>),
    /// The input thread has ended.
    TerminalGone,
    /// A timer is due, or a frame.
    Time,
}

impl Loop {
    /// Turns until it is time to leave; gives the exit code.
    fn turn(&mut self) -> u8 {
        loop {
            let effects = self.app.settle();
            self.carry_out(effects);
            if let Some(code) = self.leaving {
                return self.ending.unwrap_or(code);
            }
            self.draw();
            let event = self.wait();
            self.handle(event);
            let begun = Instant::now();
            while begun.elapsed() < LONGEST_DRAIN
                && let Some(event) = self.next()
            {
                self.handle(event);
            }
            self.flush_pasted();
            self.read_size();
        }
    }

    fn now(&self) -> Now {
        self.start.elapsed()
    }

    /// Sleeps until something happens.
    fn wait(&self) -> Event {
        let frame = self.not_before.filter(|_| self.changed || self.resize_waits);
        let timer = self.timers.next().map(|due| self.start + due);
        let typing = self.opening.as_ref().map(|opening| opening.until);
        let alarm = [frame, timer, typing].into_iter().flatten().min().map_or_else(never, at);
        let nothing = never();
        let input = if self.opening.is_none() { &self.input.receiver } else { &nothing };
        select! {
            recv(self.signals.receiver) -> signal => signal.map_or(Event::Time, Event::Signal),
            recv(input) -> msg => msg.map_or(Event::TerminalGone, Event::Msg),
            recv(self.messages) -> msg => msg.map_or(Event::Time, Event::Msg),
            recv(self.written) -> outcome => outcome.map_or(Event::TerminalGone, Event::Written),
            recv(alarm) -> _ => Event::Time,
        }
    }

    /// What else has happened already. Signals go first, input before answers.
    fn next(&self) -> Option<Event> {
        if let Ok(signal) = self.signals.receiver.try_recv() {
            return Some(Event::Signal(signal));
        }
        if let Ok(outcome) = self.written.try_recv() {
            return Some(Event::Written(outcome));
        }
        if self.opening.is_none() {
            match self.input.receiver.try_recv() {
                Ok(msg) => return Some(Event::Msg(msg)),
                Err(TryRecvError::Disconnected) if self.ending.is_none() => return Some(Event::TerminalGone),
                Err(_) => {}
            }
        }
        self.messages.try_recv().ok().map(Event::Msg)
    }

    /// Typing need not wait any more when the files that were named are there, or do not come.
    fn opened(&mut self, event: &Event) {
        let Some(opening) = &mut self.opening else { return };
        if matches!(event, Event::Msg(Msg::Read { why: ReadWhy::Open { .. }, .. })) {
            opening.files -= 1;
        }
        if matches!(event, Event::Msg(Msg::Opened { .. })) {
            opening.files = 0;
        }
        if opening.files == 0 || Instant::now() >= opening.until {
            self.opening = None;
        }
    }

    fn handle(&mut self, event: Event) {
        self.opened(&event);
        match event {
            Event::Msg(Msg::Text(text)) => {
                self.pasted.push_str(&text);
                return;
            }
            Event::Written(outcome) => {
                let outcome = self.screen.frame_written(outcome);
                self.survive(outcome);
                return;
            }
            _ => self.flush_pasted(),
        }
        match event {
            Event::Msg(msg) => self.update(msg),
            Event::Signal(Signal::Terminate(code)) => self.end(code),
            Event::Signal(Signal::Suspend) => self.suspend(false),
            Event::Signal(Signal::Continue) => self.resume(),
            Event::Signal(Signal::Resize) => self.resize_waits = true,
            Event::TerminalGone => self.end(TERMINAL_GONE),
            Event::Written(_) | Event::Time => {}
        }
        while let Some(timer) = self.timers.take_due(self.now()) {
            self.update(Msg::Timer(timer));
        }
    }

    fn flush_pasted(&mut self) {
        if !self.pasted.is_empty() {
            let text = std::mem::take(&mut self.pasted);
            self.update(Msg::Text(text));
        }
    }

    fn update(&mut self, msg: Msg) {
        #[cfg(debug_assertions)]
        panic_on_demand(&msg);
        self.changed = true;
        let effects = self.app.update(msg, self.now());
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            match effect {
                Effect::After(wait, timer) => self.timers.set(self.now() + wait, timer),
                Effect::Copy(text) => {
                    self.changed = true;
                    let outcome = self.screen.copy(&text);
                    self.survive(outcome);
                }
                Effect::Cluster(ClusterRequest::Terminal { .. }) => self.lend(effect),
                Effect::Suspend if signals::can_suspend() => self.suspend(true),
                Effect::Suspend => effects.extend(self.app.update(Msg::CannotSuspend, self.now())),
                Effect::Quit(code) => self.leaving = Some(code),
                effect => self.workers.run(effect),
            }
        }
    }

    /// Draws if there is news and the terminal can take it.
    fn draw(&mut self) {
        if !self.changed || !self.screen.is_ready() || self.not_before.is_some() {
            return;
        }
        self.changed = false;
        self.not_before = std::mem::take(&mut self.resized).then(|| Instant::now() + RESIZE_PACE);
        let app = &self.app;
        let outcome = self.screen.draw(|frame| ui::draw(frame, app));
        self.survive(outcome);
    }

    /// Takes over the size of the window, once after any number of changes, and not while the pace holds frames back.
    fn read_size(&mut self) {
        self.not_before = self.not_before.filter(|time| Instant::now() < *time);
        if !self.resize_waits || self.not_before.is_some() {
            return;
        }
        self.resize_waits = false;
        self.resized = true;
        match self.screen.measure() {
            Ok((width, height)) => self.update(Msg::Resize { width, height }),
            Err(_) => self.end(TERMINAL_GONE),
        }
    }

    /// Gives the terminal to the shell until the program is continued.
    fn suspend(&mut self, whole_job: bool) {
        self.screen.pause();
        self.signals.stop(whole_job);
        self.resume();
    }

    /// Gives the terminal to the program that gets credentials, until it has ended. What happens meanwhile waits.
    fn lend(&mut self, effect: Effect) {
        self.screen.pause();
        self.input.lend(true);
        self.signals.lend(true);
        self.workers.run(effect);
        let mut waiting = Vec::new();
        loop {
            select! {
                recv(self.messages) -> msg => {
                    let Ok(msg) = msg else { break };
                    let left = matches!(msg, Msg::Cluster(ClusterNews::Event(ClusterEvent::Left { .. })));
                    waiting.push(msg);
                    if left {
                        break;
                    }
                }
                recv(self.signals.receiver) -> signal => match signal {
                    Ok(Signal::Terminate(code)) => return self.end(code),
                    Ok(_) => {}
                    Err(_) => break,
                },
            }
        }
        self.signals.lend(false);
        self.input.lend(false);
        self.resume();
        waiting.into_iter().for_each(|msg| self.update(msg));
    }

    /// The program runs again and the terminal may be in any state.
    fn resume(&mut self) {
        let outcome = self.screen.resume();
        self.survive(outcome);
        self.resize_waits = true;
        self.update(Msg::Resumed);
    }

    /// Ends the program when the terminal is gone.
    fn survive(&mut self, outcome: io::Result<()>) {
        if outcome.is_err() {
            self.end(TERMINAL_GONE);
        }
    }

    /// Leaves, not on the user's word: what is not saved stays in the journal.
    fn end(&mut self, code: u8) {
        if self.ending.is_none() {
            self.ending = Some(code);
            let effects = self.app.update(Msg::Terminate, self.now());
            self.carry_out(effects);
            self.leaving.get_or_insert(code);
        }
    }
}

/// What of the settings is about how the screen looks.
fn appearance(settings: &Settings) -> crate::app::settings::Settings {
    use crate::{app::settings as shown, config};
    shown::Settings {
        lang: settings.lang,
        theme: match settings.theme {
            config::Theme::Auto | config::Theme::Ansi => shown::Theme::Ansi,
            config::Theme::Light => shown::Theme::Light,
            config::Theme::Dark => shown::Theme::Dark,
            config::Theme::None => shown::Theme::None,
        },
        glyphs: match settings.glyphs {
            config::Glyphs::Unicode => shown::Glyphs::Unicode,
            config::Glyphs::Ascii => shown::Glyphs::Ascii,
        },
        completion: settings.completion,
        target: settings.target,
    }
}

/// What the header calls the workspace: the name of the first path. `None` if there is no path.
fn workspace_name(paths: &[PathBuf]) -> Option<String> {
    let first = paths.first()?;
    let name =
        first.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    Some(name.unwrap_or_else(|| first.to_string_lossy().into_owned()))
}

/// For the tests of what a panic leaves behind: F12 panics where `REGOSCOPE_PANIC` says. Not in release builds.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "that is what it is for")]
fn panic_on_demand(msg: &Msg) {
    use crate::app::input::{Chord, Key};
    if !matches!(msg, Msg::Key(Chord { key: Key::F(12), .. })) {
        return;
    }
    match std::env::var("REGOSCOPE_PANIC").as_deref() {
        // Words of a panic can quote a file.
        Ok("loop") => panic!("as demanded by {msg:?}, which may hold a secret"),
        Ok("thread") => {
            let thread = std::thread::spawn(|| panic!("as demanded"));
            let _ = thread.join();
        }
        _ => {}
    }
}
