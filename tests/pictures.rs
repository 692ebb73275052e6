//! The pictures in `assets/` show what the program does now.

#[path = "session/cluster.rs"]
mod cluster;
#[path = "session/pictures.rs"]
mod pictures;
mod recordings;
mod session;

#[test]
fn the_pictures_are_up_to_date() {
    for (name, svg) in pictures::all() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == svg, "assets/{name} is out of date: run `cargo run --example screenshots`");
    }
}
