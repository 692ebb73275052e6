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
    FileNotFound: "{path}: there is no such file", "{path}: ファイルがありません";
    FileFolderNotFound: "{path}: the folder {folder} does not exist", "{path}: フォルダー {folder} がありません";
    FileAlreadyExists: "{path}: a file of this name already exists", "{path}: 同じ名前のファイルがすでにあります";
    FilePermissionDenied: "{path}: no permission ({detail})", "{path}: 権限がありません ({detail})";
    FileDiskFull: "{path}: the disk is full ({detail})", "{path}: ディスクに空きがありません ({detail})";
    FileReadOnlyFileSystem: "{path}: the file system is read-only ({detail})", "{path}: ファイルシステムが読み取り専用です ({detail})";
    FileNotRegular: "{path}: not a regular file ({detail})", "{path}: 通常のファイルではありません ({detail})";
    FileTooLarge: "{path}: too large to open ({detail})", "{path}: 大きすぎて開けません ({detail})";
    FileTooMany: "{path}: more than {limit} files or folders; the rest was not opened", "{path}: ファイルまたはフォルダーが {limit} 個を超えるため、残りは開いていません";
    FileChangedOnDisk: "{path}: another program changed the file; nothing was written", "{path}: 別のプログラムがファイルを変更しました。まだ保存していません";
    FileSymlinkLoop: "{path}: the symbolic links go round in a circle", "{path}: シンボリックリンクが循環しています";
    FileHardLinked: "{path}: saved in place, because the file has {links} names (hard links)", "{path}: ハードリンクが {links} 個あるため、元のファイルに直接書き込みました";
    FileFolderNotWritable: "{path}: saved in place, because nothing can be created in its folder ({detail})", "{path}: フォルダーに書き込めないため、元のファイルに直接書き込みました ({detail})";
    FileNotReproducible: "{path}: saved in place, to keep its owner and attributes ({detail})", "{path}: 所有者と属性を保つため、元のファイルに直接書き込みました ({detail})";
    FileMounted: "{path}: saved in place, because the file is mounted by itself ({detail})", "{path}: 単独でマウントされたファイルのため、直接書き込みました ({detail})";
    FileOther: "{path}: {detail}", "{path}: {detail}";
    WatchEvents: "watching files", "ファイルの変更を監視しています";
    WatchPolling: "looking for changes every second ({why})", "変更を 1 秒ごとに確認しています ({why})";
    WatchOff: "not watching files ({why})", "ファイルの変更を監視していません ({why})";

    // ---- headless commands, reports and settings --------------------------------------------------------------------
}
