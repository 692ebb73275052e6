//! Kubeconfig files, as kubectl reads them.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::{Path, PathBuf};

use regoscope::cluster::context::Caution;
use regoscope::cluster::environment::Environment;
use regoscope::cluster::kubeconfig::{Kubeconfig, KubeconfigError};
use tempfile::TempDir;

/// A kubeconfig with one context of this name.
fn one(name: &str, server: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {name}\n\
         clusters:\n- name: {name}\n  cluster: {{server: {server}}}\n\
         users:\n- name: {name}\n  user: {{token: canary}}\n\
         contexts:\n- name: {name}\n  context: {{cluster: {name}, user: {name}}}\n"
    )
}

struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let files_in = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = files_in.path(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        files_in
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Reads with `$KUBECONFIG` set to these files, or with none of it.
    fn load(&self, list: Option<&[&str]>) -> Result<Kubeconfig, KubeconfigError> {
        let mut variables = vec![("HOME", self.0.path().as_os_str().to_owned())];
        if let Some(list) = list {
            let paths =
                list.iter().map(|name| if name.is_empty() { PathBuf::new() } else { self.path(name) });
            variables.push(("KUBECONFIG", std::env::join_paths(paths).unwrap()));
        }
        Kubeconfig::load(&Environment::of(variables))
    }
}

fn names(kubeconfig: &Kubeconfig) -> Vec<String> {
    kubeconfig.contexts().into_iter().map(|context| context.name).collect()
}

#[test]
fn the_list_is_merged_and_what_is_missing_is_skipped() {
    let (a, b) = (one("a", "https://a"), one("b", "https://b"));
    let other_a = one("a", "https://evil").replace("current-context: a", "current-context: other");
    let files =
        Files::new(&[(".kube/config", &one("home", "https://h")), ("a", &a), ("b", &b), ("a2", &other_a)]);
    for (list, want, current) in [
        (None, &["home"][..], Some("home")),
        (Some(&["a", "b"][..]), &["a", "b"], Some("a")),
        (Some(&["nosuch", "", "b", "a"]), &["a", "b"], Some("b")),
        (Some(&["a", "a2"]), &["a"], Some("a")),
    ] {
        let read = files.load(list).unwrap();
        assert_eq!(
            (names(&read), read.current()),
            (want.iter().map(|s| (*s).to_owned()).collect(), current),
            "{list:?}"
        );
        assert!(
            read.contexts().iter().all(|context| context.server != "https://evil"),
            "the first file wins"
        );
    }
    assert_eq!(files.load(Some(&["nosuch"])).unwrap_err(), KubeconfigError::Nothing);
    let empty = Files::new(&[]);
    assert_eq!(empty.load(None).unwrap_err(), KubeconfigError::Nothing);
}

#[test]
fn it_is_read_as_kubernetes_reads_yaml() {
    let text = "current-context: a\n\
                clusters: [{name: a, cluster: {server: https://first, server: https://last}}]\n\
                contexts: [{name: a, context: {cluster: a}}]\nusers: null\npreferences: {}\nunknown: [1]\n\
                ---\ncurrent-context: second-document\n";
    let files = Files::new(&[("a", text)]);
    let read = files.load(Some(&["a"])).unwrap();
    assert_eq!(read.current(), Some("a"));
    assert_eq!(read.contexts().first().unwrap().server, "https://last");
    assert!(read.bind(None).is_ok());
}

#[test]
fn what_is_wrong_has_a_file_and_a_line_and_shows_no_value() {
    type Error = fn(PathBuf) -> KubeconfigError;
    let cases: [(&str, Error); 7] = [
        ("clusters:\n- name: [\n", |file| KubeconfigError::Syntax { file, line: 2 }),
        ("a: 1\nclusters: canary\n", |file| KubeconfigError::Shape {
            file,
            line: 2,
            place: "clusters".into(),
        }),
        ("users:\n- name: a\n- name: b\n  user: canary\n", |file| KubeconfigError::Shape {
            file,
            line: 4,
            place: "users[1].user".into(),
        }),
        ("users:\n- name: a\n  user:\n    token: [canary]\n", |file| KubeconfigError::Shape {
            file,
            line: 4,
            place: "users[0].user".into(),
        }),
        ("contexts:\n- name: 5\n", |file| KubeconfigError::Shape {
            file,
            line: 2,
            place: "contexts[0].name".into(),
        }),
        ("users:\n- name: a\n- name: a\n", |file| KubeconfigError::SameName {
            file,
            line: 3,
            place: "users[1]".into(),
        }),
        ("current-context: [canary]\n", |file| KubeconfigError::Shape {
            file,
            line: 1,
            place: "current-context".into(),
        }),
    ];
    for (text, want) in cases {
        let files = Files::new(&[("a", text)]);
        let error = files.load(Some(&["a"])).unwrap_err();
        assert_eq!(error, want(files.path("a")), "{text}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    let files = Files::new(&[("folder/a", "")]);
    let error = files.load(Some(&["folder"])).unwrap_err();
    assert!(matches!(error, KubeconfigError::Unreadable { .. }), "{error:?}");
    assert!(files.load(Some(&["folder/a"])).unwrap().contexts().is_empty(), "an empty file is a kubeconfig");
}

#[test]
fn a_context_that_leads_nowhere_says_so_and_the_others_are_there() {
    let text = format!(
        "{}- name: nocluster\n  context: {{cluster: gone, user: a}}\n\
         - name: nouser\n  context: {{cluster: a, user: gone}}\n\
         - name: nobody\n  context: {{cluster: a}}\n\
         - name: nourl\n  context: {{cluster: bad, user: a}}\n\
         - name: old\n  context: {{cluster: a, user: gcp}}\n",
        one("a", "https://a")
    )
    .replace("users:\n", "users:\n- name: gcp\n  user: {auth-provider: {name: gcp}}\n")
    .replace("clusters:\n", "clusters:\n- name: bad\n  cluster: {server: \"a:6443\"}\n");
    let files = Files::new(&[("a", &text)]);
    let read = files.load(Some(&["a"])).unwrap();
    assert_eq!(names(&read).len(), 6);
    for (name, says) in [
        ("nocluster", "the cluster \"gone\" of the context \"nocluster\" does not exist"),
        ("nouser", "the user \"gone\" of the context \"nouser\" does not exist"),
        ("nourl", "the server of the cluster \"bad\" is not an http or https URL"),
        ("old", "the user \"gcp\" has an auth-provider, which kubectl 1.26 removed"),
        ("nosuch", "there is no context \"nosuch\""),
    ] {
        assert_eq!(read.bind(Some(name)).unwrap_err().to_string(), says);
    }
    assert!(read.bind(Some("nobody")).is_ok());
    let files = Files::new(&[("a", &text.replace("current-context: a\n", ""))]);
    assert_eq!(files.load(Some(&["a"])).unwrap().bind(None).unwrap_err(), KubeconfigError::NoCurrent);
}

#[test]
fn what_makes_an_answer_less_certain_is_said() {
    let text = one("a", "http://a").replace(
        "cluster: {server: http://a}",
        "cluster: {server: \"http://me:canary@a\", insecure-skip-tls-verify: true, \
         proxy-url: \"http://me:canary@p:1\", tls-server-name: b}",
    );
    let text = text.replace("user: {token: canary}", "user: {token: canary, as: root}");
    let files = Files::new(&[("a", &text)]);
    let read = files.load(Some(&["a"])).unwrap();
    let context = read.contexts().into_iter().next().unwrap();
    assert_eq!(
        context.cautions,
        [
            Caution::NotVerified,
            Caution::NotEncrypted,
            Caution::Proxy("http://p:1".into()),
            Caution::ServerName("b".into()),
            Caution::Impersonates("root".into()),
        ]
    );
    assert!(!format!("{context:?} {:?} {read:?}", read.bind(None)).contains("canary"));
}

/// The chosen context is the one that was chosen, whatever happens to the file.
#[test]
fn a_bound_context_does_not_follow_the_file() {
    let files = Files::new(&[("a", &one("a", "https://a"))]);
    let bound = files.load(Some(&["a"])).unwrap().bind(None).unwrap();
    let same = files.load(Some(&["a"])).unwrap().bind(None).unwrap();
    assert!(bound == same);
    std::fs::write(files.path("a"), one("b", "https://b") + "- name: a\n  context: {cluster: b, user: b}\n")
        .unwrap();
    let read = files.load(Some(&["a"])).unwrap();
    assert_eq!(read.current(), Some("b"));
    assert_eq!((bound.name(), bound.view().server.as_str()), ("a", "https://a"));
    let other = read.bind(Some("a")).unwrap();
    assert!(bound != other, "the same name, but another server");
    assert_eq!(Path::new("a"), Path::new(bound.name()));
}
