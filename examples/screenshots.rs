//! Makes the pictures in `assets/` from scripted sessions: `cargo run --example screenshots`.

#[path = "../tests/session/cluster.rs"]
mod cluster;
#[path = "../tests/session/pictures.rs"]
mod pictures;
#[path = "../tests/recordings/mod.rs"]
mod recordings;
#[path = "../tests/session/mod.rs"]
mod session;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| "assets".into(), std::path::PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    for (name, svg) in pictures::all() {
        std::fs::write(folder.join(name), svg)?;
    }
    Ok(())
}
