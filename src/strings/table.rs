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
    HelpTemplate: "{before-help}{about-with-newline}\nUsage: {usage}\n\n{all-args}{after-help}", "{before-help}{about-with-newline}\n使い方: {usage}\n\n{all-args}{after-help}";
    HelpCommands: "Commands", "コマンド";
    HelpArguments: "Arguments", "引数";
    HelpOptions: "Options", "オプション";
    HelpCommonOptions: "Options of every command", "すべてのコマンドに共通のオプション";
    HelpAbout: "A terminal workbench for Kubernetes admission policy in Rego: edit a policy and a manifest side by side, and see the decision with every keystroke.", "Rego で書く Kubernetes アドミッションポリシーのための作業台です。ポリシーとマニフェストを並べて編集し、打鍵のたびに判定を確かめられます。";
    HelpExamples: "Examples:\n  regoscope                            open the samples\n  regoscope policies/ pods/web.yaml    open your own files\n  regoscope check -p policies/ pods/   judge without a screen, for scripts\n  regoscope init my-policies           write the samples to a folder", "例:\n  regoscope                            サンプルを開く\n  regoscope policies/ pods/web.yaml    自分のファイルを開く\n  regoscope check -p policies/ pods/   画面なしで判定する (スクリプト向け)\n  regoscope init my-policies           サンプルをフォルダーに書き出す";
    HelpPaths: "Files and folders to open: policies (*.rego), manifests and data (*.yaml, *.yml, *.json). Without any, the samples are opened", "開くファイルとフォルダー。ポリシー (*.rego)、マニフェストとデータ (*.yaml、*.yml、*.json)。省略するとサンプルを開きます";
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
