//! The program itself, `regoscope dry-run`, on the real server.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::Case;
use super::rig::Rig;
use super::server::Need;

pub const CASES: &[Case] = &[
    Case {
        name: "the_program_ends_with_the_servers_verdict",
        needs: &[Need::Contexts],
        prepare: |rig| {
            rig.namespace("program", json!({ "pod-security.kubernetes.io/enforce": "restricted" }))
        },
        ask: |rig| {
            let verybad = "sample-pods/verybad.yaml";
            let (code, said) = run(rig, &["--context", "admin", "-n", "program", verybad]);
            assert_eq!(code, 1, "{said}");
            let answer = &said["documents"][0]["answers"][0];
            assert_eq!(answer["verdict"], "denied", "{said}");
            assert_eq!(
                answer["judge"],
                json!({ "judge": "pod_security", "level": "restricted", "version": "latest" })
            );
            let (code, said) = run(rig, &["--context", "admin", "-n", "default", verybad]);
            assert_eq!(
                (code, &said["documents"][0]["answers"][0]["verdict"]),
                (0, &json!("allowed")),
                "{said}"
            );
            let (code, said) = run(rig, &["--context", "limited", "-n", "program", verybad]);
            assert_eq!(
                (code, &said["documents"][0]["answers"][0]["verdict"]),
                (2, &json!("forbidden")),
                "{said}"
            );
        },
    },
    Case {
        name: "the_program_asks_several_contexts_and_one_that_is_bad_is_not_judged",
        needs: &[Need::Contexts],
        prepare: |_| (),
        ask: |rig| {
            let contexts = ["--context", "admin", "--context", "unreachable", "--context", "bad-ca"];
            let (code, said) =
                run(rig, &[&contexts[..], &["-n", "default", "sample-pods/verybad.yaml"]].concat());
            let answers = said["documents"][0]["answers"].as_array().unwrap();
            let verdicts: Vec<_> =
                answers.iter().map(|a| (a["context"].as_str(), a["verdict"].as_str())).collect();
            assert_eq!(
                verdicts,
                [
                    (Some("admin"), Some("allowed")),
                    (Some("unreachable"), Some("not_judged")),
                    (Some("bad-ca"), Some("not_judged")),
                ]
            );
            assert_eq!(code, 2);
        },
    },
    Case {
        name: "the_program_puts_the_local_decision_beside_the_servers",
        needs: &[Need::Contexts],
        prepare: |_| (),
        ask: |rig| {
            let arguments = ["--context", "admin", "-n", "default", "-p", "sample-policies/host_access.rego"];
            let (code, said) = run(rig, &[&arguments[..], &["sample-pods/verybad.yaml"]].concat());
            assert_eq!(code, 0, "{said}");
            let document = &said["documents"][0];
            assert_eq!(document["local"], "deny", "{document}");
            assert_eq!(document["answers"][0]["verdict"], "allowed", "{document}");
            assert!(!document["answers"][0]["parity"].is_null(), "{document}");
        },
    },
];

/// Runs `regoscope dry-run -o json` with the server's kubeconfig.
fn run(rig: &mut Rig, arguments: &[&str]) -> (i32, Value) {
    let done = Command::new(env!("CARGO_BIN_EXE_regoscope"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["dry-run", "-o", "json"])
        .args(arguments)
        .env("KUBECONFIG", &rig.server.kubeconfig)
        .env_remove("HTTPS_PROXY")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    // Tokens are in neither.
    let kubeconfig = std::fs::read_to_string(&rig.server.kubeconfig).unwrap();
    for token in kubeconfig.split("token: \"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(!out.contains(token) && !err.contains(token), "a token is printed");
    }
    let said = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
    (done.status.code().unwrap(), said)
}
