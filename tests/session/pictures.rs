//! The scripts of the pictures.

use regoscope::app::settings::{Settings, Theme};
use regoscope::samples;
use regoscope::strings::Lang;
use regoscope::ui::svg::{Frame, to_svg};

use super::cluster;
use super::session::Session;

fn settings(lang: Lang) -> Settings {
    Settings { lang, theme: Theme::Dark, ..Settings::default() }
}

fn picture(session: &Session, title: &str) -> String {
    let (buffer, cursor) = session.screen();
    let cursor = cursor.map(|at| (at.x, at.y));
    to_svg(&buffer, &Frame { title: Some(title), cursor, ..Frame::default() })
}

/// Every picture with its file name.
pub fn all() -> Vec<(&'static str, String)> {
    let start = |lang| Session::samples(156, 20, settings(lang));
    let small = Session::samples(80, 24, settings(Lang::En));
    let mut palette = start(Lang::En);
    palette.keys("ctrl-p").types("find");
    let mut menu = start(Lang::En);
    menu.keys("esc space");
    let mut completion = start(Lang::En);
    completion.keys("ctrl-g").types("6\n").keys("end").types("\nhost").keys("down down");
    let mut clusters = cluster::session(140, 40, settings(Lang::En));
    cluster::ask_four(&mut clusters);
    cluster::answer_most(&mut clusters);
    let mut matrix = matrix(100, 30, Lang::En);
    matrix.keys("alt-3 f2");
    vec![
        ("start.svg", picture(&start(Lang::En), "regoscope")),
        ("start-ja.svg", picture(&start(Lang::Ja), "regoscope")),
        ("matrix.svg", picture(&matrix, "regoscope sample-policies sample-pods")),
        ("completion.svg", picture(&completion, "regoscope")),
        ("cluster.svg", picture(&clusters, "regoscope host_access.rego shop.yaml")),
        ("palette.svg", picture(&palette, "regoscope")),
        ("menu.svg", picture(&menu, "regoscope")),
        ("80x24.svg", picture(&small, "regoscope")),
    ]
}

/// All samples, as from a folder.
pub fn matrix(width: u16, height: u16, lang: Lang) -> Session {
    let files: Vec<_> = samples::ALL.iter().map(|sample| (sample.path, sample.role, sample.text)).collect();
    Session::files(width, height, settings(lang), &files)
}
