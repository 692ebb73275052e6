//! The answer of an admission webhook: `{"allowed": …, "status": {"message": …}, "warnings": […], "patch": …}`, alone
//! or as `response` of an AdmissionReview, checked as the API server does (`VerifyAdmissionResponse`).

use serde_json::Value;

use crate::core::decision::Patched;
use crate::core::dry_run::{Noise, RowKind, UnifiedRow, base64, diff, mask_versions};
use crate::core::policy::json_patch;

/// So many lines are shown around a change.
const CONTEXT: usize = 3;

/// What an API server understands of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer {
    /// Why the request is refused.
    pub denied: Option<String>,
    /// What is told to whoever asks.
    pub warnings: Vec<String>,
    /// The JSON Patch on the object of a request that is allowed.
    pub patch: Option<Value>,
    /// The request that is answered, where an answer has to say it.
    pub uid: Option<String>,
}

/// Reads the value of a rule.
///
/// # Errors
/// The API server would not take it for an answer; in words, most of them the server's.
pub fn answer(rule: &str, value: Option<&Value>) -> Result<Answer, String> {
    let value = value.ok_or_else(|| format!("{rule} is undefined"))?;
    let text = |value: &Value, key: &str| {
        value.get(key).and_then(Value::as_str).filter(|said| !said.is_empty()).map(str::to_owned)
    };
    let review = value.get("response");
    let response = review.unwrap_or(value);
    let mut answer = Answer::default();
    let mut strict = false;
    if review.is_some() {
        let (version, kind) =
            (text(value, "apiVersion").unwrap_or_default(), text(value, "kind").unwrap_or_default());
        strict = version == "admission.k8s.io/v1";
        if kind != "AdmissionReview" || !(strict || version == "admission.k8s.io/v1beta1") {
            return Err(format!(
                "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got {version}, Kind={kind}"
            ));
        }
        answer.uid = strict.then(|| text(response, "uid").unwrap_or_default());
    }
    let Some(allowed) = response.get("allowed").and_then(Value::as_bool) else {
        return Err(format!("{rule} is no AdmissionReview: it has no boolean `allowed`"));
    };
    if let Some(warnings) = response.get("warnings").filter(|warnings| !warnings.is_null()) {
        let all = warnings.as_array().map(|all| all.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
        let all = all.flatten().ok_or("response.warnings must be a list of strings")?;
        answer.warnings = all.into_iter().map(str::to_owned).collect();
    }
    if !allowed {
        let status = response.get("status");
        let said = |key| status.and_then(|status| text(status, key));
        let message = said("message").or_else(|| said("reason"));
        answer.denied = Some(message.unwrap_or_else(|| "not allowed".to_owned()));
        return Ok(answer);
    }
    let patch = response.get("patch").filter(|patch| !patch.is_null() && **patch != "");
    let patch_type = response.get("patchType").filter(|kind| !kind.is_null());
    match (patch, patch_type) {
        (None, Some(_)) if strict => {
            return Err("webhook returned response.patchType but not response.patch".to_owned());
        }
        (Some(_), None) if strict => {
            return Err("webhook returned response.patch but not response.patchType".to_owned());
        }
        (Some(_), Some(kind)) if kind != "JSONPatch" => {
            return Err(format!("webhook returned invalid response.patchType of {kind}"));
        }
        (None, _) => {}
        (Some(patch), _) => answer.patch = Some(decoded(patch)?),
    }
    Ok(answer)
}

fn decoded(patch: &Value) -> Result<Value, String> {
    let bytes = patch.as_str().and_then(base64::decode).ok_or("response.patch must be base64")?;
    let patch: Value =
        serde_json::from_slice(&bytes).map_err(|error| format!("response.patch is no JSON: {error}"))?;
    if patch.is_array() { Ok(patch) } else { Err("response.patch is no list of operations".to_owned()) }
}

/// What an answer changes in the object of a request, which is the input of the webhook.
///
/// # Errors
/// It answers another request, or its patch cannot be applied.
pub fn mutation(answer: &Answer, input: &Value) -> Result<Option<Patched>, String> {
    let request = ["/request", "/review"].iter().find_map(|at| input.pointer(at));
    let wanted = request.and_then(|request| request.get("uid")).and_then(Value::as_str);
    // Without a request there is no uid that an answer could have.
    let wanted = wanted.unwrap_or_default();
    if let Some(said) = answer.uid.as_ref().filter(|said| *said != wanted) {
        return Err(format!("expected response.uid={wanted:?}, got {said:?}"));
    }
    let Some(operations) = &answer.patch else { return Ok(None) };
    let object = request.map_or(input, |request| request.get("object").unwrap_or(&Value::Null));
    let patched = json_patch::apply(object, operations).map_err(|why| format!("response.patch: {why}"))?;
    let (mut before, mut after) = (object.clone(), patched.clone());
    mask_versions(Some(&mut before), None, Some(&mut after));
    let compared = diff(Some(&before), Some(&after), Noise::ALL);
    let line = |row: Option<UnifiedRow<'_>>| {
        row.map_or_else(
            || "…".to_owned(),
            |row| match row.kind {
                RowKind::Removed => format!("-{}", row.text),
                RowKind::Added => format!("+{}", row.text),
                RowKind::Same | RowKind::Changed => format!(" {}", row.text),
            },
        )
    };
    let lines = compared.unified(CONTEXT).into_iter().map(line).collect();
    Ok(Some(Patched { operations: operations.clone(), object: after, lines }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn review(version: &str, response: Value) -> Value {
        json!({"apiVersion": version, "kind": "AdmissionReview", "response": response})
    }

    #[test]
    fn answers_are_read_as_the_server_does() {
        let encoded = base64::encode(br#"[{"op":"remove","path":"/a"}]"#);
        let patch = Some(json!([{"op": "remove", "path": "/a"}]));
        let v1 = "admission.k8s.io/v1";
        let beta = "admission.k8s.io/v1beta1";
        for (value, expected) in [
            (json!({"allowed": true}), Answer::default()),
            (json!({"allowed": true, "patch": ""}), Answer::default()),
            (
                json!({"allowed": true, "patch": encoded}),
                Answer { patch: patch.clone(), ..Answer::default() },
            ),
            (
                json!({"allowed": false, "status": {"message": "no"}, "warnings": ["w"]}),
                Answer { denied: Some("no".into()), warnings: vec!["w".into()], ..Answer::default() },
            ),
            (
                json!({"allowed": false, "status": {"reason": "Forbidden"}}),
                Answer { denied: Some("Forbidden".into()), ..Answer::default() },
            ),
            (json!({"allowed": false}), Answer { denied: Some("not allowed".into()), ..Answer::default() }),
            (
                review(v1, json!({"uid": "u", "allowed": true, "patch": encoded, "patchType": "JSONPatch"})),
                Answer { uid: Some("u".into()), patch: patch.clone(), ..Answer::default() },
            ),
            (review(v1, json!({"allowed": true})), Answer { uid: Some(String::new()), ..Answer::default() }),
            (review(beta, json!({"allowed": true, "patch": encoded})), Answer { patch, ..Answer::default() }),
        ] {
            assert_eq!(answer("main", Some(&value)), Ok(expected), "{value}");
        }
    }

    #[test]
    fn what_is_no_answer_says_why() {
        let v1 = "admission.k8s.io/v1";
        for (value, words) in [
            (json!({}), "main is no AdmissionReview: it has no boolean `allowed`"),
            (json!({"allowed": "true"}), "main is no AdmissionReview: it has no boolean `allowed`"),
            (
                json!({"kind": "AdmissionReview", "response": {"allowed": true}}),
                "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got , Kind=AdmissionReview",
            ),
            (json!({"allowed": true, "warnings": "w"}), "response.warnings must be a list of strings"),
            (json!({"allowed": true, "patch": [{"op": "add"}]}), "response.patch must be base64"),
            (json!({"allowed": true, "patch": "e30="}), "response.patch is no list of operations"),
            (
                review(v1, json!({"allowed": true, "patch": "W10="})),
                "webhook returned response.patch but not response.patchType",
            ),
            (
                review(v1, json!({"allowed": true, "patchType": "JSONPatch"})),
                "webhook returned response.patchType but not response.patch",
            ),
            (
                review(v1, json!({"allowed": true, "patch": "W10=", "patchType": "Merge"})),
                "webhook returned invalid response.patchType of \"Merge\"",
            ),
        ] {
            assert_eq!(answer("main", Some(&value)).unwrap_err(), words, "{value}");
        }
        assert_eq!(answer("main", None).unwrap_err(), "main is undefined");
        let torn = answer("main", Some(&json!({"allowed": true, "patch": "W1=="}))).unwrap_err();
        assert!(torn.starts_with("response.patch is no JSON"), "{torn}");
    }
}
