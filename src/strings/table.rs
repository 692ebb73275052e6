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

    // ---- the terminal ------------------------------------------------------------------------------------------------
    TermNotATerminal: "the screen needs a terminal: standard input and output must not be redirected. `regoscope check` judges without a screen", "画面の表示には端末が必要です。標準入力と標準出力をリダイレクトせずに起動してください。画面なしで判定するには `regoscope check` を使います";
    TermDumb: "this terminal (TERM={term}) cannot show the screen. `regoscope check` judges without one", "この端末 (TERM={term}) では画面を表示できません。画面なしで判定するには `regoscope check` を使います";
    TermPanic: "regoscope stopped because of a mistake of its own, at {place}.\nThe terminal is restored. What was not saved is offered again at the next start.", "regoscope は内部の誤りのため停止しました ({place})。\n端末は元に戻しました。保存していない編集は、次の起動時に復元できます。";
    TermPanicReport: "A report for the developers, without your text: {path}", "開発者向けの報告 (編集中の内容は含みません): {path}";

    // ---- headless commands, reports and settings --------------------------------------------------------------------
}
