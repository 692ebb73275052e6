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
    GroupFiles: "Files", "ファイル";
    GroupEdit: "Editing", "編集";
    GroupMove: "Moving", "移動";
    GroupFind: "Finding", "検索";
    GroupDecide: "Decision", "判定";
    GroupView: "View", "表示";
    GroupProgram: "Program", "全体";

    CmdOpen: "Open a file…", "ファイルを開く…";
    CmdSave: "Save", "保存";
    CmdSaveAs: "Save as…", "名前を付けて保存…";
    CmdSaveAll: "Save all files", "すべて保存";
    CmdReload: "Reload from disk", "ディスクから読み直す";
    CmdCompare: "Compare with the file on disk", "ディスク上のファイルと比べる";
    CmdNextFile: "Show the next file in this pane", "この欄で次のファイルを表示";
    CmdPreviousFile: "Show the previous file in this pane", "この欄で前のファイルを表示";
    CmdCloseFile: "Close this file", "このファイルを閉じる";
    CmdOpenSample: "Open a sample…", "サンプルを開く…";
    CmdWriteSamples: "Write the samples to the folder regoscope-samples", "サンプルを regoscope-samples フォルダーに書き出す";
    CmdKeepMine: "Keep my text", "自分の内容を残す";
    CmdTakeTheirs: "Take the text on disk", "ディスク上の内容にする";
    CmdRecover: "Show recovered texts", "復元できる内容を表示";
    CmdNewline: "Start a new line", "改行";
    CmdBackspace: "Delete to the left", "左を削除";
    CmdDelete: "Delete to the right", "右を削除";
    CmdUndo: "Undo", "元に戻す";
    CmdRedo: "Redo", "やり直す";
    CmdCut: "Cut the selection or the line", "選択範囲か行を切り取る";
    CmdCopy: "Copy the selection or the line", "選択範囲か行をコピー";
    CmdPaste: "Paste what was copied here", "ここでコピーした内容を貼り付け";
    CmdSelectAll: "Select everything", "すべて選択";
    CmdIndent: "Indent", "字下げ";
    CmdOutdent: "Outdent", "字下げを戻す";
    CmdToggleComment: "Comment or uncomment the lines", "行のコメントを切り替え";
    CmdDuplicateLine: "Duplicate the line", "行を複製";
    CmdMoveLineUp: "Move the line up", "行を上へ移動";
    CmdMoveLineDown: "Move the line down", "行を下へ移動";
    CmdDeleteWordLeft: "Delete the word to the left", "左の単語を削除";
    CmdDeleteWordRight: "Delete the word to the right", "右の単語を削除";
    CmdDeleteToLineEnd: "Delete to the end of the line", "行末まで削除";
    CmdLeft: "Left (with Shift: select)", "左へ (Shift で選択)";
    CmdRight: "Right (with Shift: select)", "右へ (Shift で選択)";
    CmdUp: "Up (with Shift: select)", "上へ (Shift で選択)";
    CmdDown: "Down (with Shift: select)", "下へ (Shift で選択)";
    CmdWordLeft: "One word to the left", "前の単語へ";
    CmdWordRight: "One word to the right", "次の単語へ";
    CmdLineStart: "To the start of the line", "行頭へ";
    CmdLineEnd: "To the end of the line", "行末へ";
    CmdPageUp: "One page up", "前のページへ";
    CmdPageDown: "One page down", "次のページへ";
    CmdParagraphUp: "To the blank line above", "上の空行へ";
    CmdParagraphDown: "To the blank line below", "下の空行へ";
    CmdDocumentStart: "To the start of the text", "先頭へ";
    CmdDocumentEnd: "To the end of the text", "末尾へ";
    CmdMatchingBracket: "To the matching bracket", "対応する括弧へ";
    CmdGoToLine: "Go to a line…", "行番号へ移動…";
    CmdNextProblem: "Next problem", "次の問題へ";
    CmdPreviousProblem: "Previous problem", "前の問題へ";
    CmdFind: "Find…", "検索…";
    CmdFindNext: "Find next", "次を検索";
    CmdFindPrevious: "Find previous", "前を検索";
    CmdReplace: "Replace…", "置換…";
    CmdEvaluate: "Evaluate again", "もう一度評価";
    CmdLongerLimit: "Evaluate again with a limit of 10 s", "制限時間 10 秒でもう一度評価";
    CmdGoToManifest: "Go to the finding's place in the manifest", "マニフェストの該当箇所へ";
    CmdGoToRule: "Go to the rule that made the finding", "指摘を出したルールへ";
    CmdNextFinding: "Next finding", "次の指摘";
    CmdPreviousFinding: "Previous finding", "前の指摘";
    CmdNextDocument: "Next document", "次のドキュメント";
    CmdPreviousDocument: "Previous document", "前のドキュメント";
    CmdNextPolicy: "Next policy", "次のポリシー";
    CmdPreviousPolicy: "Previous policy", "前のポリシー";
    CmdShowWhole: "Show the whole message with its details", "メッセージ全体と詳細を表示";
    CmdNextPane: "Next pane", "次の欄へ";
    CmdPreviousPane: "Previous pane", "前の欄へ";
    CmdPolicyPane: "Go to the policy", "ポリシーの欄へ";
    CmdManifestPane: "Go to the manifest", "マニフェストの欄へ";
    CmdDecisionPane: "Go to the decision", "判定の欄へ";
    CmdZoom: "Let this pane fill the screen, or not", "この欄を全画面にする・戻す";
    CmdMessages: "Show earlier messages", "これまでのメッセージを表示";
    CmdNextTheme: "Next colour theme", "次の配色";
    CmdNextLanguage: "Change the language (English, Japanese)", "言語を切り替え (英語・日本語)";
    CmdNextGlyphs: "Signs in Unicode or ASCII", "記号を Unicode か ASCII に切り替え";
    CmdNavState: "Let keys be commands (NAV)", "キーをコマンドにする (NAV)";
    CmdEditState: "Let keys go into the text (EDIT)", "キーを文字入力にする (EDIT)";
    CmdPalette: "All commands…", "コマンド一覧…";
    CmdMenu: "Menu of keys", "キーのメニュー";
    CmdHelp: "Help", "ヘルプ";
    CmdSuspend: "Suspend (back with fg)", "一時停止 (fg で戻る)";
    CmdQuit: "Quit", "終了";

    HintOpen: "open", "開く";
    HintSave: "save", "保存";
    HintSamples: "samples", "サンプル";
    HintNextProblem: "next problem", "次の問題";
    HintGoToManifest: "to the manifest", "マニフェストへ";
    HintGoToRule: "to the rule", "ルールへ";
    HintNextDocument: "next document", "次のドキュメント";
    HintNextPane: "next pane", "次の欄";
    HintNavState: "commands", "コマンド";
    HintEditState: "edit", "編集";
    HintPalette: "palette", "一覧";
    HintMenu: "menu", "メニュー";
    HintHelp: "help", "ヘルプ";
    HintQuit: "quit", "終了";
    HintRun: "run", "実行";
    HintChoose: "choose", "選ぶ";
    HintChosen: "the marked one", "選択中のもの";
    HintClose: "close", "閉じる";
    HintGo: "go", "移動";
    HintRestore: "restore", "復元";
    HintCompare: "compare", "比べる";
    HintLater: "decide later", "あとで決める";
    HintScroll: "scroll", "スクロール";
    HintReplaceField: "to the replacement", "置換後の欄へ";
    HintReplaceOne: "replace", "置換";
    HintReplaceAll: "replace all", "すべて置換";
    HintCase: "match case", "大文字小文字を区別";
    HintRegex: "regex", "正規表現";

    MenuFiles: "files…", "ファイル…";
    MenuEdit: "edit…", "編集…";
    MenuSamples: "samples…", "サンプル…";
    MenuDecide: "decision…", "判定…";
    MenuView: "view…", "表示…";
    MenuProgram: "program…", "全体…";
    MenuMore: "more…", "ほか…";

    ButtonSave: "Save", "保存";
    ButtonDiscard: "Discard", "破棄";
    ButtonCancel: "Cancel", "キャンセル";
    ButtonYes: "Yes", "はい";
    SaveAsTitle: "Save as", "名前を付けて保存";
    GoToLineTitle: "Go to line", "行番号へ移動";
    SideDisk: "on disk", "ディスク上";
    SideMine: "here", "ここの内容";
    SideRecovered: "recovered", "復元する内容";
    SampleNamed: "{name}  (sample)", "{name}  (サンプル)";

    PasteInNav: "a pasted text is not run as commands: press i to type it into the text", "貼り付けた文字はコマンドとして実行しません。i を押してから貼り付けてください";
    FolderIsEmpty: "no policy or manifest was found there: these are the samples", "ポリシーもマニフェストも見つからないため、サンプルを開きました";
    Saved: "{file} is saved", "{file} を保存しました";
    SavedInPlace: "{file} is saved in place: {why}", "{file} に直接書き込みました: {why}";
    NotSaved: "not saved: {why}", "保存できませんでした: {why}";
    SavingPaused: "saving is paused: keep your text (Esc m) or take the one on disk (Esc t) first", "保存を見合わせています。自分の内容を残すか (Esc m)、ディスク上の内容にするか (Esc t) を先に選んでください";
    KeptMine: "your text stays; saving writes it over the one on disk", "自分の内容を残しました。保存するとディスク上の内容に上書きします";
    Reloaded: "{file} changed on disk and was read again", "{file} がディスク上で変わったため読み直しました";
    Restored: "{file} is restored; it is not saved yet", "{file} を復元しました。まだ保存されていません";
    PathIsEmpty: "type the path to save to", "保存先のパスを入力してください";
    NoSuchLine: "type a line from 1 to {count}, or line:column", "1 から {count} までの行番号か、行:桁 を入力してください";
    NothingFound: "nothing found", "見つかりません";
    ReplacedAll: "{count} places replaced", "{count} か所を置き換えました";
    ImeIsOn: "the input method is on: full-width keys are read as commands", "日本語入力がオンです。全角の文字もコマンドとして読みます";
    JournalFailed: "edits are not kept for recovery: {why}", "復元用の記録を書けません: {why}";

    WatchPolling: "files are looked at every second instead of watched: {why}", "ファイルの変化を 1 秒ごとに調べます: {why}";
    WatchOff: "changes on disk are not noticed: {why}", "ディスク上の変化に気付けません: {why}";

    WhyNoText: "the decision pane has the focus: go to a text first (F6)", "判定の欄が選ばれています。先に F6 で編集の欄へ移ってください";
    WhyNotOnDisk: "this text is not on disk yet", "まだディスクに保存されていません";
    WhyNothingModified: "nothing is unsaved", "未保存のファイルはありません";
    WhyNothingToUndo: "nothing to undo", "元に戻せる操作がありません";
    WhyNothingToRedo: "nothing to redo", "やり直せる操作がありません";
    WhyReadOnly: "this text is read-only", "このファイルは読み取り専用です";
    WhyNothingCopied: "nothing was copied here yet (your terminal's own paste works)", "まだ何もコピーしていません (端末の貼り付けは使えます)";
    WhyNoSearch: "nothing was searched for yet", "まだ検索していません";
    WhyOneFile: "there is only one file", "ファイルは 1 つだけです";
    WhyNothingRecovered: "nothing to recover", "復元できる内容はありません";
    WhyNoProblem: "no problem found", "問題は見つかっていません";
    WhyNoFinding: "no finding to go to", "指摘はありません";
    WhyOneDocument: "there is only one document", "ドキュメントは 1 つだけです";
    WhyOnePolicy: "there is only one policy", "ポリシーは 1 つだけです";
    WhyNoTimeout: "the last evaluation was not stopped by its time limit", "直前の評価は制限時間で止まっていません";
    WhyNoConflict: "the file on disk is the one that was read", "ディスク上のファイルは読み込んだときのままです";

    // ---- the screen (panes, the decision, windows) -----------------------------------------------------------------
    PanePolicy: "Policy", "ポリシー";
    PaneManifest: "Manifest", "マニフェスト";
    PaneData: "Data", "データ";
    PaneDecision: "Decision", "判定";
    PaneEdited: "edited", "未保存";
    PaneReadOnly: "read-only", "読み取り専用";
    PaneErrors: "{count} errors", "エラー {count} 件";
    PaneOneError: "1 error", "エラー 1 件";
    PaneNothingOpen: "No file is open here: {open} opens one, {samples} shows the samples.", "ここにはまだファイルがありません。{open} で開くか、{samples} でサンプルを表示できます。";

    ScreenTooSmall: "regoscope needs {width}x{height}", "{width}x{height} 以上の大きさが必要です";
    HeaderScratch: "samples (not saved yet)", "サンプル (未保存)";
    HeaderCluster: "cluster: not contacted", "クラスター: 未接続";
    HeaderJournalFailed: "edits are not kept for recovery", "復元用の記録を書けません";
    HeaderNotWatching: "changes on disk are not noticed", "ディスク上の変化に気付けません";
    HeaderPolling: "files are looked at every second", "ファイルを 1 秒ごとに確認中";
    StateEdit: "EDIT", "編集";
    StateNav: "NAV", "操作";
    StatusSaved: "saved {age} ago", "{age}前に保存";
    StatusEval: "eval {time}", "評価 {time}";
    StatusSelected: "{count} selected", "{count} 文字を選択";
    StatusSelectedLines: "{count} lines selected", "{count} 行を選択";
    NoticeChanged: "{file} changed on disk {age} ago while you were editing it.", "編集中の {file} が {age}前にディスク上で変わりました。";
    NoticeDeleted: "{file} was deleted on disk {age} ago; its text is still here.", "{file} は {age}前にディスクから削除されました。内容はここに残っています。";
    NoticeChangedShort: "changed on disk {age} ago, edited here", "{age}前にディスク上で変わりました (編集中)";
    NoticeDeletedShort: "deleted on disk {age} ago", "{age}前にディスクから削除されました";
    NoticeKeepMine: "keep mine", "自分の内容を残す";
    NoticeTakeTheirs: "take theirs", "ディスクの内容にする";
    NoticePaused: "(saving is paused)", "(保存は見合わせ中)";
    LockedMode: "read-only: the file may not be written", "読み取り専用: このファイルには書き込めません";
    LockedUtf8: "read-only: not UTF-8 from byte {offset} on", "読み取り専用: {offset} バイト目から UTF-8 ではありません";
    LockedUtf16: "read-only: UTF-16; convert it to UTF-8 to edit it", "読み取り専用: UTF-16 です。編集するには UTF-8 に変換してください";
    LockedNul: "read-only: a binary file (NUL at byte {offset})", "読み取り専用: バイナリーファイルです ({offset} バイト目に NUL)";
    LockedLarge: "read-only: {len} MiB, more than the {limit} MiB that can be edited", "読み取り専用: {len} MiB あります (編集できるのは {limit} MiB まで)";
    FindLabel: "Find", "検索";
    ReplaceLabel: "Replace with", "置換後";
    FindCount: "{number} of {total}", "{total} 件中 {number}";
    FindTotal: "{total} found", "{total} 件";
    FindNone: "not found", "見つかりません";

    MenuBack: "Esc back", "Esc 戻る";
    ListCount: "{shown} of {total}", "{total} 件中 {shown}";
    ListNothing: "nothing matches", "該当するものがありません";
    PaletteTitle: "Commands", "コマンド";
    PickerTitle: "Files", "ファイル";
    PickerShown: "shown", "表示中";
    HelpTitle: "Help", "ヘルプ";
    AskTitle: "Please decide", "確認";
    AskQuit: "These files have unsaved text:", "次のファイルは保存されていません:";
    AskAndMore: "and {count} more", "ほか {count} 件";
    AskClose: "{file} has unsaved text.", "{file} は保存されていません。";
    AskReload: "Read {file} again and lose your edits?", "{file} を読み直すと、編集した内容は失われます。読み直しますか。";
    AskOverwrite: "{path} is there already. Overwrite it?", "{path} は既にあります。上書きしますか。";
    AskDiscard: "Discard what was recovered of {file}?", "{file} の復元用の内容を破棄しますか。";
    RecoveryTitle: "Recovered", "復元";
    RecoveryWhen: "regoscope ended without saving on {when}.", "{when} に、regoscope は保存せずに終了しました。";
    RecoveryDate: "{day} {month}, {hour}:{minute}", "{month}月{day}日 {hour}:{minute}";
    RecoveryEdits: "{count} edits after the last save", "最後の保存のあと {count} 回の編集";
    RecoveryOneEdit: "1 edit after the last save", "最後の保存のあと 1 回の編集";
    RecoveryStillRunning: "process {pid}, which wrote it, still runs", "これを書いたプロセス {pid} はまだ動いています";
    RecoveryChangedSince: "the file on disk changed since then", "そのあとにディスク上のファイルが変わっています";
    MessagesTitle: "Messages", "メッセージ";
    MessagesNone: "no message yet", "メッセージはまだありません";
    DiffSame: "both are the same", "違いはありません";
    AgeAgo: "{age} ago", "{age}前";

    SheetOfDocuments: "{count} of {total} documents", "{total} 件中 {count} 件";
    SheetPolicies: "{count} policies", "ポリシー {count} 件";
    SheetChecking: "… checking", "… 判定中";
    SheetCheckingFor: "… checking, {age}", "… 判定中 {age}";
    SheetFrom: "from {age} ago", "{age}前の判定";
    SheetHasAnError: "{place} has an error:", "{place} に誤りがあります:";
    SheetNothingFound: "No rule objects.", "該当するルールはありません。";
    SheetNoDocument: "there is no document in the manifests", "マニフェストにドキュメントがありません";
    SheetPrinted: "print()", "print() の出力";
    SheetBuiltinErrors: "Errors of builtins (undefined in Rego)", "組み込み関数のエラー (Rego では undefined になります)";
    SheetTypingWasFree: "Typing was never held up.", "その間も入力はできました。";
    SheetRunAgain: "run again", "もう一度実行";
    SheetLongerLimit: "longer limit (10 s)", "制限を 10 秒に延ばす";
    SheetRepeats: "and what its workload is told: {count}", "ほかにワークロードと同じ指摘 {count} 件";
    SheetRange: "{first}–{last} of {total}", "{total} 件中 {first}–{last}";
    SheetBelow: "{count} more", "ほか {count} 行";
    SheetTryIt: "Try it: set privileged to false on line {line} and watch this pane.", "試してみましょう: {line} 行目の privileged を false にして、この欄を見てください。";
    AdviceUnsupported: "Write this line another way; OPA itself may judge it.", "別の書き方にしてください。OPA では判定できる場合があります。";
    AdviceNoEntryRule: "A policy denies with a rule such as: deny contains msg if { … }", "ポリシーは deny contains msg if { … } のようなルールで拒否します。";
    AdviceEndless: "Look for a rule that depends on itself, or a loop over a very large range.", "自分自身に依存するルールや、とても大きな範囲の繰り返しがないか確かめてください。";
    EmptyPolicy: "No policy is open: {open} opens one, {samples} shows the samples.", "ポリシーが開かれていません。{open} で開くか、{samples} でサンプルを表示できます。";
    EmptyManifest: "No manifest is open: {open} opens one, {samples} shows the samples.", "マニフェストが開かれていません。{open} で開くか、{samples} でサンプルを表示できます。";
    EmptyBoth: "No policy and no manifest is open: {open} opens files, {samples} shows the samples.", "ポリシーもマニフェストも開かれていません。{open} で開くか、{samples} でサンプルを表示できます。";
    NoKind: "object", "オブジェクト";
    NoName: "(no name)", "(名前なし)";
    AgeSeconds: "{n} s", "{n} 秒";
    AgeMinutes: "{n} min", "{n} 分";
    AgeHours: "{n} h", "{n} 時間";

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

    // ---- the terminal ------------------------------------------------------------------------------------------------
    TermDumb: "this terminal (TERM={term}) cannot show the screen. `regoscope check` judges without one", "この端末 (TERM={term}) では画面を表示できません。画面なしで判定するには `regoscope check` を使います";
    TermPanic: "regoscope stopped because of a mistake of its own, at {place}.\nThe terminal is restored. What was not saved is offered again at the next start.", "regoscope は内部の誤りのため停止しました ({place})。\n端末は元に戻しました。保存していない編集は、次の起動時に復元できます。";
    CannotSuspend: "no shell is there that could bring regoscope back: start it from a shell to suspend it", "再開できるシェルがないため一時停止できません。シェルから起動した場合に使えます";
    TermPanicReport: "A report for the developers, without your text: {path}", "開発者向けの報告 (編集中の内容は含みません): {path}";

    // ---- headless commands, reports and settings --------------------------------------------------------------------
    HelpTemplate: "{before-help}{about-with-newline}\nUsage: {usage}\n\n{all-args}{after-help}", "{before-help}{about-with-newline}\n使い方: {usage}\n\n{all-args}{after-help}";
    HelpCommands: "Commands", "コマンド";
    HelpArguments: "Arguments", "引数";
    HelpOptions: "Options", "オプション";
    HelpCommonOptions: "Options of every command", "すべてのコマンドに共通のオプション";
    HelpAbout: "A terminal workbench for Kubernetes admission policy in Rego: edit a policy and a manifest side by side, and see the decision with every keystroke.", "Rego で書く Kubernetes アドミッションポリシーのための作業台です。ポリシーとマニフェストを並べて編集し、打鍵のたびに判定を確かめられます。";
    HelpExamples: "Examples:\n  regoscope                            open the samples\n  regoscope policies/ pods/web.yaml    open your own files\n  regoscope check -p policies/ pods/   judge without a screen, for scripts\n  regoscope init my-policies           write the samples to a folder", "例:\n  regoscope                            サンプルを開く\n  regoscope policies/ pods/web.yaml    自分のファイルを開く\n  regoscope check -p policies/ pods/   画面なしで判定する (スクリプト向け)\n  regoscope init my-policies           サンプルをフォルダーに書き出す";
    HelpPaths: "Files and folders to open: policies (*.rego), manifests (*.yaml, *.yml, *.json) and data (data.json, data.yaml). Without any, the samples are opened", "開くファイルとフォルダー。ポリシー (*.rego)、マニフェスト (*.yaml、*.yml、*.json)、データ (data.json、data.yaml)。省略するとサンプルを開きます";
    HelpVersion: "Print the version", "バージョンを表示する";
    HelpHelp: "Print this help", "このヘルプを表示する";
    HelpHelpCommand: "Print the help of a command", "コマンドのヘルプを表示する";
    HelpLang: "Language of the screen and of messages: en, ja, or auto for that of LC_ALL, LC_MESSAGES or LANG", "画面とメッセージの言語: en、ja、または auto (LC_ALL、LC_MESSAGES、LANG に従う)";
    HelpTheme: "Colours of the screen: light, dark, ansi (never asks the terminal), none, or auto", "画面の配色: light、dark、ansi (端末に問い合わせない)、none、または auto";
    HelpGlyphs: "Signs and borders: unicode, or ascii for terminals without box drawing", "記号と罫線: unicode、または ascii (罫線を表示できない端末向け)";
    HelpConfig: "Settings file [default: regoscope/config.toml in the XDG configuration folder]", "設定ファイル [既定: XDG 設定フォルダーの regoscope/config.toml]";
    HelpNoRecovery: "Keep no journal of unsaved text for the next start after a crash", "異常終了に備えた未保存テキストの記録を残さない";
    HelpLog: "Append a log of what the program does to this file", "動作の記録をこのファイルに追記する";
    HelpCheck: "Judge manifests without a screen. Exit code: 0 nothing is denied, 1 something is denied, 2 something could not be judged", "画面なしでマニフェストを判定する。終了コード: 0 拒否なし、1 拒否あり、2 判定できないものあり";
    HelpCheckPolicy: "A policy: a Rego file, or a folder with Rego files. Can be given several times", "ポリシー。Rego ファイル、または Rego ファイルのあるフォルダー。複数指定できます";
    HelpCheckData: "YAML or JSON that becomes `data`: a file or a folder. Can be given several times", "`data` になる YAML か JSON のファイルまたはフォルダー。複数指定できます";
    HelpCheckNamespaceLabels: "Labels of the namespace that the objects are in", "オブジェクトがある名前空間のラベル";
    HelpCheckOperation: "What is done with the objects: CREATE, UPDATE, DELETE or CONNECT", "オブジェクトへの操作: CREATE、UPDATE、DELETE、CONNECT";
    HelpCheckUser: "Who does it", "操作するユーザー";
    HelpCheckGroup: "A group of that user. Can be given several times", "そのユーザーのグループ。複数指定できます";
    HelpCheckInputShape: "How the policies read `input`: object, request (input.request), review (input.review), or auto", "ポリシーが読む `input` の形: object、request (input.request)、review (input.review)、または auto";
    HelpCheckV0: "Read Rego as before OPA 1.0", "OPA 1.0 より前の Rego として読む";
    HelpCheckTimeout: "How long one rule may take on one document [default: as in the settings, 2]", "1 つの文書に対する 1 つのルールの制限時間 (秒) [既定: 設定のとおり、なければ 2]";
    HelpCheckOutput: "text for people, json for programs", "人向けの text、プログラム向けの json";
    HelpCheckColor: "When to use colours: auto, always or never", "色を使うか: auto、always、never";
    HelpCheckManifest: "Manifests: files, folders, or - for standard input", "マニフェスト。ファイル、フォルダー、または標準入力を表す -";
    HelpInit: "Write the samples to a folder", "サンプルをフォルダーに書き出す";
    HelpInitFolder: "Folder to write to; it is made if it is not there [default: the current folder]", "書き出し先のフォルダー。なければ作ります [既定: 現在のフォルダー]";
    HelpInitForce: "Overwrite files that differ from the samples", "サンプルと内容が違うファイルも上書きする";
    HelpMan: "Print the man page", "man ページを表示する";
    HelpCompletions: "Print the completions of a shell", "シェルの補完スクリプトを表示する";
    HelpCompletionsShell: "Shell to print them for", "対象のシェル";
    ManExit: "EXIT STATUS", "終了ステータス";
    ManExitText: "0: all went well; check: everything was judged and nothing is denied\n1: check: something is denied\n2: wrong usage, or something could not be done; check: something could not be judged", "0: 正常終了。check: すべて判定でき、拒否なし\n1: check: 拒否あり\n2: 使い方の誤り、または実行できない。check: 判定できないものあり";
    ManEnvironment: "ENVIRONMENT", "環境変数";
    ManEnvironmentText: "LC_ALL, LC_MESSAGES, LANG: the language of the screen and of messages; the first that is set counts\nNO_COLOR: if it is set, colours are used only where the settings or the command line name them\nXDG_CONFIG_HOME, XDG_STATE_HOME: the folders of the settings and of the recovery journals", "LC_ALL, LC_MESSAGES, LANG: 画面とメッセージの言語。最初に設定されているものを使う\nNO_COLOR: 設定されていれば、設定ファイルか引数で指定したときだけ色を使う\nXDG_CONFIG_HOME, XDG_STATE_HOME: 設定と復元用の記録のフォルダー";
    ManFiles: "FILES", "ファイル";
    ManFilesText: "$XDG_CONFIG_HOME/regoscope/config.toml: settings; ~/.config if the variable is not set\n.regoscopeignore: what is left out of a folder, in the syntax of .gitignore", "$XDG_CONFIG_HOME/regoscope/config.toml: 設定。変数がなければ ~/.config\n.regoscopeignore: フォルダーの中で対象外にするもの。書き方は .gitignore と同じ";
    ManKeys: "KEYS", "キー";
    InitInTheWay: "{file}: is there already and differs from the sample", "{file}: すでにあり、サンプルと内容が違います";
    InitNothingWritten: "nothing was written; --force overwrites these files", "何も書き出していません。上書きするには --force を付けてください";
    InitWritten: "{count} files written to {folder}", "{count} 個のファイルを {folder} に書き出しました";
    InitNext: "Next: {command}", "次のコマンド: {command}";
    NoSuchPath: "{path}: is neither a file, a folder nor a command", "{path}: ファイル、フォルダー、コマンドのどれでもありません";
    NotATerminal: "the screen needs a terminal for input and output; without one, use `regoscope check -p POLICY MANIFEST`", "画面を開くには端末での入出力が必要です。端末がない場合は `regoscope check -p POLICY MANIFEST` を使ってください";
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
