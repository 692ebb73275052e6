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

    // ---- manifests (core::manifest) -----------------------------------------------------------------------------------
    NoteReadAs: "`{written}` is read as {read}", "`{written}` は {read} と読まれます";
    NoteKeyReadAs: "the key `{written}` is read as \"{read}\"", "キー `{written}` は \"{read}\" と読まれます";
    NoteSetAgain: "the key `{key}` is set twice, line {line} wins", "キー `{key}` が 2 回書かれています。有効なのは {line} 行目です";
    NoteOverrides: "the key `{key}` is set twice, this line wins over line {line}", "キー `{key}` が 2 回書かれています。{line} 行目ではなくこの行が有効です";
    NoteSameKey: "this key and the one on line {line} are both read as \"{key}\", and Kubernetes takes one of them at random", "このキーと {line} 行目のキーはどちらも \"{key}\" と読まれ、どちらが有効になるかは決まっていません";
    NoteMergeOverrides: "the merge overrides `{key}` of line {line}: put `<<` first to keep the line", "このマージは {line} 行目の `{key}` を上書きします。その行を残すには `<<` を先頭に置いてください";
    NoteLookAlike: "{code} looks like `{meant}` but is an ordinary letter in YAML", "{code} は `{meant}` に似ていますが、YAML ではただの文字です";
    NoteLookAlikeSpace: "{code} looks like a space but is an ordinary letter in YAML", "{code} は空白に見えますが、YAML ではただの文字です";
    NoteHidden: "hidden character {code}", "見えない文字 {code} があります";
    NoteLineBreak: "{code} ends the line for Kubernetes", "Kubernetes は {code} を改行として読みます";
    NoteIgnoredAfterEnd: "Kubernetes ignores this line and what follows it in this document", "Kubernetes はこの文書のこの行から後を読みません";
    FaultTooDeep: "nested deeper than {limit} levels", "入れ子が {limit} 段を超えています";
    FaultTooLarge: "the file is larger than {limit} MiB", "ファイルが {limit} MiB を超えています";
    FaultTooMuchCopied: "aliases repeat more than {limit} MiB", "エイリアスで繰り返される内容が {limit} MiB を超えています";
    FaultSeparator: "a value contains U+2028 or U+2029, which cannot be read as Kubernetes does; write it as an escape", "値に U+2028 か U+2029 があり、Kubernetes と同じようには読めません。エスケープで書いてください";
    FaultNotAnObject: "a Kubernetes object must be a map with apiVersion and kind", "Kubernetes のオブジェクトは apiVersion と kind を持つマップでなければなりません";
    HintTab: "indent with spaces, YAML allows no tabs here", "インデントには空白を使ってください。ここにタブは書けません";
    HintTemplate: "`{{ … }}` is a Helm template, not YAML. Render it first: helm template CHART > out.yaml", "`{{ … }}` は YAML ではなく Helm のテンプレートです。先に展開してください: helm template CHART > out.yaml";
    HintFullWidthColon: "the full-width `：` must be a `:`", "全角の `：` は半角の `:` にしてください";
    HintKeyWithoutValue: "a line needs `key: value`", "行は `キー: 値` の形にしてください";
    HintNotClosed: "a quote or bracket is not closed", "引用符か括弧が閉じられていません";
    HintAnchor: "`*name` stands for an anchor `&name` further up; quote a text that starts with `*`", "`*name` は先に書かれたアンカー `&name` を指します。`*` で始まる文字列は引用符で囲んでください";
    HintDocumentSeparator: "put what follows `---` on its own line", "`---` に続く内容は次の行に書いてください";
    HintQuestionMark: "quote a text with `?` between brackets", "括弧の中では `?` を含む文字列を引用符で囲んでください";
    HintSpaceAfterColon: "put a space after `:`", "`:` の後に空白を入れてください";
    HintDirective: "delete the line that starts with `%`", "`%` で始まる行を削除してください";

    // ---- app and ui (commands, panes, overlays) ---------------------------------------------------------------------

    // ---- files (saving, watching, recovery) -------------------------------------------------------------------------

    // ---- headless commands, reports and settings --------------------------------------------------------------------
}
