//! Files that others change while they are open.

use std::os::unix::fs::symlink;

use crate::pty::Setup;

#[test]
fn saves_of_other_editors_are_seen() {
    let mut pty = Setup::new().file("pod.yaml", "kind: First\n").args(&["pod.yaml"]).start();
    pty.wait_for("kind: First");
    // As vim does: the old file becomes the backup, the new one is made under its name.
    for name in ["Second", "Third"] {
        std::fs::rename(pty.path("pod.yaml"), pty.path("pod.yaml~")).unwrap();
        std::fs::write(pty.path("pod.yaml"), format!("kind: {name}\n")).unwrap();
        pty.wait_for(&format!("kind: {name}"));
    }
    // As editors do that write aside and rename over.
    std::fs::write(pty.path(".new"), "kind: Fourth\n").unwrap();
    std::fs::rename(pty.path(".new"), pty.path("pod.yaml")).unwrap();
    pty.wait_for("kind: Fourth");
    pty.send("x");
    pty.wait_for("xkind: Fourth");
}

#[test]
fn a_config_map_that_is_swapped_is_seen() {
    let setup =
        Setup::new().file("mount/..1/pod.yaml", "kind: First\n").file("mount/..2/pod.yaml", "kind: Second\n");
    let mount = setup.path("mount");
    symlink("..1", mount.join("..data")).unwrap();
    symlink("..data/pod.yaml", mount.join("pod.yaml")).unwrap();
    let pty = setup.args(&["mount/pod.yaml"]).start();
    pty.wait_for("kind: First");
    symlink("..2", mount.join("..data_tmp")).unwrap();
    std::fs::rename(mount.join("..data_tmp"), mount.join("..data")).unwrap();
    pty.wait_for("kind: Second");
}

#[test]
fn a_change_of_both_sides_is_a_conflict_and_nothing_is_overwritten() {
    let mut pty = Setup::new().file("pod.yaml", "kind: First\n").args(&["pod.yaml"]).start();
    pty.wait_for("kind: First");
    pty.send("mine ");
    pty.wait_for("mine kind: First");
    std::fs::write(pty.path("pod.yaml"), "kind: Theirs\n").unwrap();
    pty.wait_for("changed on disk");
    pty.send("\x13");
    pty.send("x");
    pty.wait_for("mine xkind: First");
    assert_eq!(std::fs::read_to_string(pty.path("pod.yaml")).unwrap(), "kind: Theirs\n");
}

#[test]
fn our_own_save_is_not_taken_for_a_change() {
    let mut pty = Setup::new().file("pod.yaml", "kind: First\n").args(&["pod.yaml"]).start();
    pty.wait_for("kind: First");
    for number in 0..5 {
        pty.send(format!("{number}"));
        pty.send("\x13");
        let saved = (0..=number).map(|n| n.to_string()).collect::<String>();
        pty.wait_file("pod.yaml", |text| text == format!("{saved}kind: First\n"));
    }
    pty.send("x");
    pty.wait_for("01234xkind: First");
    assert!(!pty.screen().contains("changed on disk"), "{}", pty.screen());
}

#[test]
fn the_samples_can_be_written_to_a_folder() {
    let mut pty = Setup::new().start();
    pty.wait_for("DENY  2");
    pty.send("\x1b");
    pty.wait_for("NAV");
    pty.send(" sw");
    pty.wait_for("files written to regoscope-samples");
    assert!(pty.path("regoscope-samples/sample-pods/verybad.yaml").is_file());
    std::fs::write(pty.path("regoscope-samples/sample-pods/verybad.yaml"), "mine").unwrap();
    pty.send(" sw");
    pty.wait_for("not saved");
    assert_eq!(
        std::fs::read_to_string(pty.path("regoscope-samples/sample-pods/verybad.yaml")).unwrap(),
        "mine"
    );
}
