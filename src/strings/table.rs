//! The table. Each area of the program adds to its own section.

/// Declares [`T`] with the English and the Japanese text of each variant.
macro_rules! texts {
    ($( $(#[$meta:meta])* $name:ident: $en:literal, $ja:literal; )*) => {
        /// Names one text of the user interface.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum T { $( $(#[$meta])* $name, )* }

        impl T {
            /// All of them, for tests.
            pub const ALL: &'static [T] = &[ $( T::$name, )* ];

            /// The English and the Japanese text.
            #[must_use]
            pub(crate) fn both(self) -> (&'static str, &'static str) {
                match self { $( T::$name => ($en, $ja), )* }
            }
        }
    };
}

texts! {
    // ---- verdicts -------------------------------------------------------------------------------------------------
    VerdictDeny: "DENY", "拒否";
    VerdictWarn: "WARN", "警告";
    VerdictAllow: "ALLOW", "許可";
    VerdictNotJudged: "NOT JUDGED", "判定できません";

    // ---- reasons why something was not judged (core::decision::Reason) ----------------------------------------------
    ReasonPolicyError: "the policy has an error: {message}", "ポリシーに誤りがあります: {message}";
    ReasonManifestError: "does not parse: {message}", "読み取れません: {message}";
    ReasonRuleError: "the rule ended with an error: {message}", "ルールの実行中にエラーが起きました: {message}";
    ReasonUnsupported: "the engine cannot judge this as OPA does: {what}", "OPA と同じ判定ができない書き方です: {what}";
    ReasonNoEntryRule: "no rule named deny, violation, warn or allow was found", "deny、violation、warn、allow というルールが見つかりません";
    ReasonTimeout: "the policy did not finish in {seconds} s and was stopped", "ポリシーの評価が {seconds} 秒で終わらないため止めました";
    ReasonOutOfMemory: "the policy wanted more than {limit} MiB of memory and was stopped", "ポリシーの評価が {limit} MiB を超えるメモリーを使おうとしたため止めました";
    ReasonStackOverflow: "a rule or function calls itself without end and was stopped", "ルールか関数が自分自身を際限なく呼び出すため止めました";
    ReasonEvaluatorDied: "the evaluator ended and was started again: {detail}", "評価プロセスが終了したため再起動しました: {detail}";
    ReasonNothingToJudge: "there is nothing to judge: open a policy and a manifest", "判定するものがありません。ポリシーとマニフェストを開いてください";

    // ---- app and ui (commands, panes, overlays) ---------------------------------------------------------------------

    // ---- files (saving, watching, recovery) -------------------------------------------------------------------------

    // ---- headless commands, reports and settings --------------------------------------------------------------------
    CheckSummary: "{documents} documents: {allow} allow, {warn} warn, {deny} deny, {not_judged} not judged", "{documents} 件: 許可 {allow}、警告 {warn}、拒否 {deny}、判定できず {not_judged}";
    CheckSummaryOne: "1 document: {allow} allow, {warn} warn, {deny} deny, {not_judged} not judged", "1 件: 許可 {allow}、警告 {warn}、拒否 {deny}、判定できず {not_judged}";
    CheckBuiltinError: "a builtin failed and counts as undefined: {message}", "組み込み関数が失敗したため undefined として扱いました: {message}";
    CheckNoManifest: "no manifest was found", "マニフェストが見つかりません";
    CheckNoPolicy: "no policy was found", "ポリシーが見つかりません";
    CheckStopped: "the evaluation was stopped: {reason}", "評価を止めました: {reason}";
    SettingUnknown: "`{name}` is not known here", "`{name}` はここでは使えません";
    SettingExpected: "; expected here: {names}", "。使えるのは {names} です";
    SettingNoCommand: "there is no command `{name}`", "`{name}` というコマンドはありません";
    SettingNoKey: "`{keys}` is not a key: write for example ctrl-s, shift-f8, space or g", "`{keys}` はキーではありません。例: ctrl-s、shift-f8、space、g";
    DidYouMean: ", did you mean `{name}`?", "。もしかして: `{name}`";
}
