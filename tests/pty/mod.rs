//! Runs the program in a pseudo-terminal and looks at its screen. Tests wait for what they expect and never sleep.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// How long a test waits for what it expects. Generous, since machines that test are busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the program has shown so far.
struct Shown {
    screen: vt100::Parser,
    raw: Vec<u8>,
    ended: bool,
    /// Nobody reads what the program writes.
    stopped: bool,
}

/// How to start the program.
pub struct Setup {
    size: (u16, u16),
    args: Vec<String>,
    env: Vec<(String, String)>,
    shell: Option<String>,
    home: TempDir,
}

impl Setup {
    /// 100x30, no arguments, an empty home folder, which is also the working directory.
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { size: (100, 30), args: Vec::new(), env: Vec::new(), shell: None, home }
    }

    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(ToString::to_string));
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in the home folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Runs this command line in `sh` instead of the program; `$REGOSCOPE` is the program.
    pub fn shell(mut self, command: &str) -> Self {
        self.shell = Some(command.to_owned());
        self
    }

    /// A file in the working directory.
    pub fn file(self, name: &str, text: &str) -> Self {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub fn start(self) -> Pty {
        Pty::start(self)
    }
}

/// The program in its terminal.
pub struct Pty {
    master: Option<Box<dyn MasterPty + Send>>,
    // Kept open, so that what the program wrote last can be read and the terminal's modes looked at.
    slave: Option<Box<dyn SlavePty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    watching: Option<thread::JoinHandle<()>>,
    home: Option<TempDir>,
    /// The terminal's modes before the program was started.
    pub modes_before: String,
}

impl Pty {
    fn start(setup: Setup) -> Self {
        let program = env!("CARGO_BIN_EXE_regoscope");
        let mut command = match &setup.shell {
            None => CommandBuilder::new(program),
            Some(line) => {
                let mut shell = CommandBuilder::new("sh");
                shell.args(["-c", line]);
                shell
            }
        };
        command.args(&setup.args);
        command.env_clear();
        let home = setup.home.path();
        for (name, folder) in [
            ("HOME", "."),
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_STATE_HOME", ".state"),
            ("XDG_CACHE_HOME", ".cache"),
            ("XDG_DATA_HOME", ".data"),
        ] {
            command.env(name, home.join(folder));
        }
        let path = std::env::var("PATH").unwrap_or_default();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("PATH", &path),
            ("REGOSCOPE", program),
            ("PS1", "$ "),
        ] {
            command.env(name, value);
        }
        for (name, value) in &setup.env {
            command.env(name, value);
        }
        command.cwd(home);

        let (columns, rows) = setup.size;
        let pair = native_pty_system().openpty(pty_size(columns, rows)).unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        let screen = vt100::Parser::new(non_zero(rows), non_zero(columns), 0);
        let shown = Arc::new((
            Mutex::new(Shown { screen, raw: Vec::new(), ended: false, stopped: false }),
            Condvar::new(),
        ));
        let reader = pair.master.try_clone_reader().unwrap();
        let modes_before = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        let watching = thread::spawn({
            let shown = Arc::clone(&shown);
            move || watch(reader, &shown)
        });
        Self {
            master: Some(pair.master),
            slave: Some(pair.slave),
            keyboard: Some(keyboard),
            child,
            shown,
            watching: Some(watching),
            home: Some(setup.home),
            modes_before,
        }
    }

    /// Where the program was started, and its home.
    pub fn home(&self) -> &Path {
        self.home.as_ref().unwrap().path()
    }

    /// A path in the home folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home().join(name)
    }

    /// Types these bytes.
    #[track_caller]
    pub fn send(&mut self, keys: impl AsRef<[u8]>) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_ref()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Waits until the screen is as wanted; `what` says how.
    #[track_caller]
    pub fn wait_until(&self, what: &str, mut wanted: impl FnMut(&vt100::Screen) -> bool) {
        self.wait(what, |shown| wanted(shown.screen.screen()));
    }

    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?} to appear"), |screen| screen.contents().contains(text));
    }

    #[track_caller]
    pub fn wait_gone(&self, text: &str) {
        self.wait_until(&format!("{text:?} to go"), |screen| !screen.contents().contains(text));
    }

    /// Waits for bytes that the terminal obeys and does not show; counted from `since`.
    #[track_caller]
    pub fn wait_raw(&self, since: usize, bytes: &str) {
        self.wait(&format!("the bytes {bytes:?}"), |shown| contains(&shown.raw[since..], bytes.as_bytes()));
    }

    #[track_caller]
    fn wait(&self, what: &str, mut wanted: impl FnMut(&Shown) -> bool) {
        let (lock, news) = &*self.shown;
        let deadline = Instant::now() + PATIENCE;
        let mut shown = lock.lock().unwrap();
        while !wanted(&shown) {
            let left = deadline.saturating_duration_since(Instant::now());
            let why = match (left.is_zero(), shown.ended) {
                (false, false) => None,
                (true, _) => Some("waited too long"),
                (_, true) => Some("the program ended while waiting"),
            };
            if let Some(why) = why {
                let screen = shown.screen.screen().contents();
                drop(shown);
                panic!("{why} for {what}; the screen:\n{screen}\n");
            }
            shown = news.wait_timeout(shown, left).unwrap().0;
        }
    }

    /// The text of the screen.
    pub fn screen(&self) -> String {
        self.shown.0.lock().unwrap().screen.screen().contents()
    }

    /// Every byte that was written to the terminal.
    pub fn raw(&self) -> Vec<u8> {
        self.shown.0.lock().unwrap().raw.clone()
    }

    /// Another size of the window.
    pub fn resize(&self, columns: u16, rows: u16) {
        if columns > 0 && rows > 0 {
            let mut shown = self.shown.0.lock().unwrap();
            shown.screen.set_size(non_zero(rows), non_zero(columns));
        }
        self.master.as_ref().unwrap().resize(pty_size(columns, rows)).unwrap();
    }

    /// The terminal's modes, in words that can be compared.
    pub fn modes(&self) -> String {
        modes(self.master.as_deref().unwrap())
    }

    /// Row and column of the terminal's cursor.
    pub fn cursor(&self) -> (u16, u16) {
        self.shown.0.lock().unwrap().screen.screen().cursor_position()
    }

    /// Column and row of a text on the screen, from 0. For text without wide characters before it.
    #[track_caller]
    pub fn find(&self, text: &str) -> (usize, usize) {
        let screen = self.screen();
        let (row, line) =
            screen.lines().enumerate().find(|(_, line)| line.contains(text)).expect("on the screen");
        (line[..line.find(text).unwrap()].chars().count(), row)
    }

    /// Waits until a file in the home folder is as wanted.
    #[track_caller]
    pub fn wait_file(&self, name: &str, wanted: impl Fn(&str) -> bool) {
        let read = || std::fs::read_to_string(self.path(name)).unwrap_or_default();
        if let Err(screen) = self.poll(|| wanted(&read())) {
            panic!("waited too long for {name}, which is\n{:.400}\nthe screen:\n{screen}", read());
        }
    }

    /// Waits until the recovery journal holds these bytes, all in one edit.
    #[track_caller]
    pub fn wait_journal(&self, text: &str) {
        let folder = self.path(".state/regoscope/recovery");
        let holds = || {
            let files = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            let mut contents = files.filter_map(|file| std::fs::read(file.path()).ok());
            contents.any(|bytes| contains(&bytes, text.as_bytes()))
        };
        self.poll(holds).expect("the text in the journal");
    }

    /// The text of the first file in a folder whose name begins so.
    pub fn find_file(&self, folder: &str, begin: &str) -> Option<String> {
        let mut files = std::fs::read_dir(self.path(folder)).ok()?.flatten();
        let file = files.find(|file| file.file_name().to_string_lossy().starts_with(begin))?;
        std::fs::read_to_string(file.path()).ok()
    }

    /// Waits until the program is stopped by job control.
    #[track_caller]
    pub fn wait_stopped(&self) {
        let stopped = || {
            use rustix::process::{WaitId, WaitIdOptions, waitid};
            let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            waitid(WaitId::Pid(self.pid()), options).unwrap().is_some()
        };
        self.poll(stopped).expect("the program to be stopped");
    }

    /// Looks again and again; gives the screen if it takes too long.
    fn poll(&self, wanted: impl Fn() -> bool) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while !wanted() {
            if Instant::now() > deadline {
                return Err(self.screen());
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Kills the processes that the program has started.
    pub fn kill_children(&self) {
        let pid = self.pid().as_raw_nonzero();
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
        let children = threads.filter_map(|t| std::fs::read_to_string(t.path().join("children")).ok());
        let children: Vec<i32> =
            children.collect::<String>().split_whitespace().map(|n| n.parse().unwrap()).collect();
        assert!(!children.is_empty(), "the program has children");
        for child in children {
            kill_process(Pid::from_raw(child).unwrap(), Signal::KILL).unwrap();
        }
    }

    /// From now on nobody reads what the program writes.
    pub fn stop_reading(&self) {
        self.shown.0.lock().unwrap().stopped = true;
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Closes the terminal, as closing its window does.
    pub fn hang_up(&mut self) {
        self.stop_reading();
        // What is drawn now is the last thing that is read.
        self.resize(50, 20);
        self.watching.take().unwrap().join().unwrap();
        self.keyboard = None;
        self.slave = None;
        self.master = None;
    }

    /// Waits for the end of the program.
    #[track_caller]
    pub fn wait_exit(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "waited too long for the end; the screen:\n{}", self.screen());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The home folder, for starting again in it.
    pub fn into_home(mut self) -> Setup {
        let home = self.home.take().unwrap();
        Setup { home, ..Setup::new() }
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Follows what the program shows.
fn watch(mut reader: Box<dyn Read + Send>, shown: &(Mutex<Shown>, Condvar)) {
    let mut buffer = [0; 8192];
    loop {
        let count = reader.read(&mut buffer).unwrap_or(0);
        let mut shown_now = shown.0.lock().unwrap();
        shown_now.screen.process(&buffer[..count]);
        shown_now.raw.extend_from_slice(&buffer[..count]);
        shown_now.ended = count == 0;
        shown.1.notify_all();
        if count == 0 || shown_now.stopped {
            return;
        }
    }
}

/// The terminal's modes in words.
fn modes(master: &dyn MasterPty) -> String {
    let tty = std::fs::File::open(master.tty_name().unwrap()).unwrap();
    format!("{:?}", rustix::termios::tcgetattr(tty).unwrap())
}

pub fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn non_zero(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

fn pty_size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}
