//! The command table: everything a user can do, once. Dispatch, the hints bar, F1 help, the palette, the which-key menu,
//! the README's key list and the man page are all read from here.

use crate::app::App;
use crate::app::files::OnDisk;
use crate::core::file::Role;
use crate::core::policy::options::Asked;
use crate::strings::T;

/// Where the default keys of a command work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// In EDIT and NAV, in every pane.
    Always,
    /// In a text pane in the EDIT state.
    Edit,
    /// Where single keys are commands: the NAV state, and the panes without a text.
    Nav,
    /// In the decision pane.
    Decision,
    /// In the cluster pane.
    Cluster,
    /// While the bar of a conflict with the file on disk is shown, in the NAV state.
    Conflict,
}

/// The headings of help and of the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    Files,
    Edit,
    Move,
    Find,
    Decide,
    Cluster,
    View,
    Program,
}

impl Group {
    /// In the order of the help page.
    pub const ALL: [Group; 8] = [
        Group::Files,
        Group::Edit,
        Group::Move,
        Group::Find,
        Group::Decide,
        Group::Cluster,
        Group::View,
        Group::Program,
    ];

    /// The heading.
    #[must_use]
    pub const fn title(self) -> T {
        match self {
            Group::Files => T::GroupFiles,
            Group::Edit => T::GroupEdit,
            Group::Move => T::GroupMove,
            Group::Find => T::GroupFind,
            Group::Decide => T::GroupDecide,
            Group::Cluster => T::GroupCluster,
            Group::View => T::GroupView,
            Group::Program => T::GroupProgram,
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What it is called in the keymap file and in scripts: `file.save`.
    pub id: &'static str,
    pub title: T,
    pub group: Group,
    /// Scope and keys of the standard keymap; keys of a sequence are separated by blanks. The first is the one shown.
    pub keys: &'static [(Scope, &'static str)],
    /// Rank in the hints bar of a scope: 0 is not shown, 1 comes first.
    pub hint: u8,
    /// A shorter title for the hints bar.
    pub short: T,
}

/// Declares [`Command`] and its table.
macro_rules! commands {
    ($( $name:ident $id:literal, $title:ident / $short:ident, $group:ident, hint $hint:literal, [ $( $scope:ident $keys:literal ),* ]; )*) => {
        /// Names one command.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command { $( $name, )* }

        impl Command {
            /// All commands in the order of the help page.
            pub const ALL: &'static [Command] = &[ $( Command::$name, )* ];

            /// Its line of the table.
            #[must_use]
            pub const fn entry(self) -> &'static Entry {
                match self {
                    $( Command::$name => &Entry {
                        id: $id, title: T::$title, group: Group::$group,
                        keys: &[ $( (Scope::$scope, $keys) ),* ],
                        hint: $hint, short: T::$short,
                    }, )*
                }
            }
        }
    };
}

commands! {
    // files
    Open "file.open", CmdOpen/HintOpen, Files, hint 7, [Always "ctrl-o", Nav "space f o"];
    Save "file.save", CmdSave/HintSave, Files, hint 2, [Always "ctrl-s", Nav "space f s"];
    SaveAs "file.save-as", CmdSaveAs/CmdSaveAs, Files, hint 0, [Nav "space f a"];
    SaveAll "file.save-all", CmdSaveAll/CmdSaveAll, Files, hint 0, [Nav "space f S"];
    Reload "file.reload", CmdReload/CmdReload, Files, hint 0, [Nav "space f r"];
    CompareWithDisk "file.compare", CmdCompare/CmdCompare, Files, hint 0, [Nav "space f d", Conflict "d"];
    NextFile "file.next", CmdNextFile/CmdNextFile, Files, hint 0, [Always "alt-pagedown", Nav "space f n"];
    PreviousFile "file.previous", CmdPreviousFile/CmdPreviousFile, Files, hint 0, [Always "alt-pageup", Nav "space f p"];
    CloseFile "file.close", CmdCloseFile/CmdCloseFile, Files, hint 0, [Nav "space f c"];
    OpenSample "samples.open", CmdOpenSample/HintSamples, Files, hint 0, [Nav "space s o"];
    WriteSamples "samples.write", CmdWriteSamples/CmdWriteSamples, Files, hint 0, [Nav "space s w"];
    KeepMine "conflict.mine", CmdKeepMine/CmdKeepMine, Files, hint 0, [Conflict "m", Nav "space f m"];
    TakeTheirs "conflict.theirs", CmdTakeTheirs/CmdTakeTheirs, Files, hint 0, [Conflict "t", Nav "space f t"];
    Recover "file.recover", CmdRecover/CmdRecover, Files, hint 0, [Nav "space f R"];
    // edit
    Newline "edit.newline", CmdNewline/CmdNewline, Edit, hint 0, [Edit "enter", Edit "shift-enter"];
    Backspace "edit.backspace", CmdBackspace/CmdBackspace, Edit, hint 0, [Edit "backspace", Edit "shift-backspace"];
    Delete "edit.delete", CmdDelete/CmdDelete, Edit, hint 0, [Edit "delete", Nav "x"];
    Undo "edit.undo", CmdUndo/CmdUndo, Edit, hint 0, [Always "ctrl-z", Nav "u"];
    Redo "edit.redo", CmdRedo/CmdRedo, Edit, hint 0, [Always "ctrl-y", Always "ctrl-Z", Nav "U"];
    Cut "edit.cut", CmdCut/CmdCut, Edit, hint 0, [Always "ctrl-x"];
    Copy "edit.copy", CmdCopy/CmdCopy, Edit, hint 0, [Always "ctrl-c", Nav "y"];
    Paste "edit.paste", CmdPaste/CmdPaste, Edit, hint 0, [Always "ctrl-v"];
    SelectAll "edit.select-all", CmdSelectAll/CmdSelectAll, Edit, hint 0, [Nav "space e a"];
    Indent "edit.indent", CmdIndent/CmdIndent, Edit, hint 0, [Edit "tab", Nav ">"];
    Outdent "edit.outdent", CmdOutdent/CmdOutdent, Edit, hint 0, [Edit "shift-tab", Nav "<"];
    ToggleComment "edit.comment", CmdToggleComment/CmdToggleComment, Edit, hint 0, [Always "ctrl-_", Always "ctrl-/", Always "ctrl-7", Nav "#"];
    Format "edit.format", CmdFormat/CmdFormat, Edit, hint 0, [Nav "=", Nav "space e f"];
    DuplicateLine "edit.duplicate-line", CmdDuplicateLine/CmdDuplicateLine, Edit, hint 0, [Nav "space e d"];
    MoveLineUp "edit.line-up", CmdMoveLineUp/CmdMoveLineUp, Edit, hint 0, [Always "alt-up"];
    MoveLineDown "edit.line-down", CmdMoveLineDown/CmdMoveLineDown, Edit, hint 0, [Always "alt-down"];
    DeleteWordLeft "edit.delete-word-left", CmdDeleteWordLeft/CmdDeleteWordLeft, Edit, hint 0, [Edit "ctrl-backspace", Edit "alt-backspace"];
    DeleteWordRight "edit.delete-word-right", CmdDeleteWordRight/CmdDeleteWordRight, Edit, hint 0, [Edit "ctrl-delete", Edit "alt-delete"];
    DeleteToLineEnd "edit.delete-line-end", CmdDeleteToLineEnd/CmdDeleteToLineEnd, Edit, hint 0, [Edit "ctrl-k"];
    Rename "edit.rename", CmdRename/CmdRename, Edit, hint 0, [Nav "space e n"];
    Hover "edit.hover", CmdHover/CmdHover, Edit, hint 0, [Nav "K", Nav "space e h"];
    QuickFix "edit.fix", CmdQuickFix/HintQuickFix, Edit, hint 1, [Always "ctrl-e", Nav "f", Nav "space e x"];
    Complete "edit.complete", CmdComplete/HintComplete, Edit, hint 0, [Edit "ctrl-n", Nav "space e c"];
    // move
    Left "move.left", CmdLeft/CmdLeft, Move, hint 0, [Always "left", Nav "h"];
    Right "move.right", CmdRight/CmdRight, Move, hint 0, [Always "right", Nav "l"];
    Up "move.up", CmdUp/CmdUp, Move, hint 0, [Always "up", Nav "k"];
    Down "move.down", CmdDown/CmdDown, Move, hint 0, [Always "down", Nav "j"];
    WordLeft "move.word-left", CmdWordLeft/CmdWordLeft, Move, hint 0, [Always "ctrl-left", Always "alt-left", Nav "b"];
    WordRight "move.word-right", CmdWordRight/CmdWordRight, Move, hint 0, [Always "ctrl-right", Always "alt-right", Nav "w"];
    LineStart "move.line-start", CmdLineStart/CmdLineStart, Move, hint 0, [Always "home", Nav "0"];
    LineEnd "move.line-end", CmdLineEnd/CmdLineEnd, Move, hint 0, [Always "end", Nav "$"];
    PageUp "move.page-up", CmdPageUp/CmdPageUp, Move, hint 0, [Always "pageup"];
    PageDown "move.page-down", CmdPageDown/CmdPageDown, Move, hint 0, [Always "pagedown"];
    ParagraphUp "move.paragraph-up", CmdParagraphUp/CmdParagraphUp, Move, hint 0, [Always "ctrl-up", Nav "{"];
    ParagraphDown "move.paragraph-down", CmdParagraphDown/CmdParagraphDown, Move, hint 0, [Always "ctrl-down", Nav "}"];
    MatchingBracket "move.bracket", CmdMatchingBracket/CmdMatchingBracket, Move, hint 0, [Nav "%", Always "ctrl-]"];
    GoToLine "move.line", CmdGoToLine/CmdGoToLine, Move, hint 0, [Always "ctrl-g", Nav "space e l"];
    DocumentStart "move.start", CmdDocumentStart/CmdDocumentStart, Move, hint 0, [Always "ctrl-home", Nav "g g"];
    DocumentEnd "move.end", CmdDocumentEnd/CmdDocumentEnd, Move, hint 0, [Always "ctrl-end", Nav "G"];
    NextProblem "problem.next", CmdNextProblem/HintNextProblem, Move, hint 3, [Always "f8", Nav "]"];
    Definition "move.definition", CmdDefinition/CmdDefinition, Move, hint 0, [Always "f12", Nav "g d"];
    References "move.references", CmdReferences/CmdReferences, Move, hint 0, [Always "shift-f12", Nav "g r"];
    Outline "move.outline", CmdOutline/CmdOutline, Move, hint 0, [Nav "space e o"];
    PreviousProblem "problem.previous", CmdPreviousProblem/CmdPreviousProblem, Move, hint 0, [Always "shift-f8", Nav "["];
    // find
    Find "find.find", CmdFind/CmdFind, Find, hint 0, [Always "ctrl-f", Nav "/"];
    FindNext "find.next", CmdFindNext/CmdFindNext, Find, hint 0, [Always "f3", Nav "n"];
    FindPrevious "find.previous", CmdFindPrevious/CmdFindPrevious, Find, hint 0, [Always "shift-f3", Nav "N"];
    Replace "find.replace", CmdReplace/CmdReplace, Find, hint 0, [Always "ctrl-r", Nav "space e r"];
    // decide
    Evaluate "decide.now", CmdEvaluate/CmdEvaluate, Decide, hint 0, [Always "f5", Nav "space d e"];
    LongerLimit "decide.longer", CmdLongerLimit/CmdLongerLimit, Decide, hint 0, [Nav "L"];
    GoToManifest "decide.manifest", CmdGoToManifest/HintGoToManifest, Decide, hint 1, [Decision "enter", Decision "m"];
    GoToRule "decide.rule", CmdGoToRule/HintGoToRule, Decide, hint 2, [Decision "p"];
    NextFinding "decide.next", CmdNextFinding/CmdNextFinding, Decide, hint 0, [Decision "down", Decision "j"];
    PreviousFinding "decide.previous", CmdPreviousFinding/CmdPreviousFinding, Decide, hint 0, [Decision "up", Decision "k"];
    NextDocument "decide.next-document", CmdNextDocument/HintNextDocument, Decide, hint 3, [Always "alt-n", Decision "J", Nav "space d n"];
    PreviousDocument "decide.previous-document", CmdPreviousDocument/CmdPreviousDocument, Decide, hint 0, [Always "alt-p", Decision "K", Nav "space d p"];
    NextPolicy "decide.next-policy", CmdNextPolicy/CmdNextPolicy, Decide, hint 0, [Decision "right", Decision "l"];
    PreviousPolicy "decide.previous-policy", CmdPreviousPolicy/CmdPreviousPolicy, Decide, hint 0, [Decision "left", Decision "h"];
    RequestEdit "request.edit", CmdRequestEdit/HintRequest, Decide, hint 7, [Always "f7", Nav "space r e"];
    RequestExec "request.exec", CmdRequestExec/HintRequestExec, Decide, hint 0, [Always "f4", Nav "space r x"];
    RequestRaw "request.raw", CmdRequestRaw/HintRequestRaw, Decide, hint 0, [Always "shift-f7", Nav "R", Nav "space r w"];
    Policies "decide.policies", CmdPolicies/CmdPolicies, Decide, hint 0, [Decision "P", Nav "space d l"];
    ChooseTarget "decide.target", CmdChooseTarget/CmdChooseTarget, Decide, hint 0, [Nav "space d t"];
    RequestReset "request.reset", CmdRequestReset/HintRequestReset, Decide, hint 0, [Nav "space r d"];
    ShowWhole "decide.whole", CmdShowWhole/CmdShowWhole, Decide, hint 0, [Decision "o"];
    // cluster
    DryRun "cluster.ask", CmdDryRun/HintDryRun, Cluster, hint 8, [Always "f9", Nav "space c d"];
    DryRunAll "cluster.ask-all", CmdDryRunAll/CmdDryRunAll, Cluster, hint 0, [Nav "space c a"];
    DryRunSeveral "cluster.ask-several", CmdDryRunSeveral/CmdDryRunSeveral, Cluster, hint 0, [Nav "space c m"];
    DryRunOnSave "cluster.on-save", CmdDryRunOnSave/CmdDryRunOnSave, Cluster, hint 0, [Nav "space c s"];
    CommandLog "cluster.log", CmdCommandLog/CmdCommandLog, Cluster, hint 0, [Cluster "c", Nav "space c l"];
    FieldManager "cluster.manager", CmdFieldManager/CmdFieldManager, Cluster, hint 0, [Cluster "f", Nav "space c f"];
    StopAsking "cluster.stop", CmdDryRunStop/CmdDryRunStop, Cluster, hint 0, [Nav "space c x"];
    AnswerWhole "answer.whole", CmdAnswerWhole/HintDetails, Cluster, hint 1, [Cluster "enter", Cluster "o"];
    AnswerDiff "answer.diff", CmdAnswerDiff/HintDiff, Cluster, hint 1, [Cluster "d"];
    AnswerWhy "answer.why", CmdAnswerWhy/HintWhy, Cluster, hint 1, [Cluster "w"];
    DryRunAgain "cluster.again", CmdDryRunAgain/HintAgain, Cluster, hint 1, [Cluster "r"];
    ClusterClose "cluster.close", CmdClusterClose/HintStop, Cluster, hint 1, [Cluster "esc"];
    AnswerGo "answer.line", CmdAnswerGo/HintLine, Cluster, hint 1, [Cluster "m"];
    AnswerCopy "answer.copy", CmdAnswerCopy/HintCopyCommand, Cluster, hint 1, [Cluster "y"];
    AnswerRaw "answer.raw", CmdAnswerRaw/HintRaw, Cluster, hint 1, [Cluster "t"];
    NextRow "answer.next", CmdNextRow/CmdNextRow, Cluster, hint 0, [Cluster "down", Cluster "j"];
    PreviousRow "answer.previous", CmdPreviousRow/CmdPreviousRow, Cluster, hint 0, [Cluster "up", Cluster "k"];
    NextContext "answer.next-context", CmdNextContext/CmdNextContext, Cluster, hint 0, [Cluster "right", Cluster "l"];
    PreviousContext "answer.previous-context", CmdPreviousContext/CmdPreviousContext, Cluster, hint 0, [Cluster "left", Cluster "h"];
    // view
    NextPane "pane.next", CmdNextPane/HintNextPane, View, hint 4, [Always "f6", Nav "tab"];
    PreviousPane "pane.previous", CmdPreviousPane/CmdPreviousPane, View, hint 0, [Always "shift-f6", Nav "shift-tab"];
    PolicyPane "pane.policy", CmdPolicyPane/CmdPolicyPane, View, hint 0, [Always "alt-1", Nav "1"];
    ManifestPane "pane.manifest", CmdManifestPane/CmdManifestPane, View, hint 0, [Always "alt-2", Nav "2"];
    DecisionPane "pane.decision", CmdDecisionPane/CmdDecisionPane, View, hint 0, [Always "alt-3", Nav "3"];
    ClusterPane "pane.cluster", CmdClusterPane/CmdClusterPane, View, hint 0, [Always "alt-4", Nav "4"];
    Zoom "pane.zoom", CmdZoom/CmdZoom, View, hint 0, [Always "f2", Nav "space v z"];
    Messages "view.messages", CmdMessages/CmdMessages, View, hint 0, [Nav "space v m"];
    FoldToggle "view.fold", CmdFold/CmdFold, View, hint 0, [Always "alt-z", Nav "z a"];
    FoldAll "view.fold-all", CmdFoldAll/CmdFoldAll, View, hint 0, [Nav "z M"];
    UnfoldAll "view.unfold-all", CmdUnfoldAll/CmdUnfoldAll, View, hint 0, [Nav "z R"];
    NextTheme "view.theme", CmdNextTheme/CmdNextTheme, View, hint 0, [Nav "space v t"];
    NextLanguage "view.language", CmdNextLanguage/CmdNextLanguage, View, hint 0, [Nav "space v l"];
    NextGlyphs "view.glyphs", CmdNextGlyphs/CmdNextGlyphs, View, hint 0, [Nav "space v g"];
    // program
    NavState "state.nav", CmdNavState/HintNavState, Program, hint 1, [Edit "esc"];
    EditState "state.edit", CmdEditState/HintEditState, Program, hint 1, [Nav "enter", Nav "i"];
    Palette "app.palette", CmdPalette/HintPalette, Program, hint 5, [Always "ctrl-p", Nav ":"];
    Menu "app.menu", CmdMenu/HintMenu, Program, hint 2, [Nav "space"];
    Help "app.help", CmdHelp/HintHelp, Program, hint 6, [Always "f1", Nav "?"];
    Suspend "app.suspend", CmdSuspend/CmdSuspend, Program, hint 0, [Nav "space w z"];
    Quit "app.quit", CmdQuit/HintQuit, Program, hint 9, [Always "ctrl-q", Nav "q"];
}

impl Command {
    /// The command with this id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|command| command.entry().id == id)
    }

    /// Whether it can be done now.
    ///
    /// # Errors
    /// The reason why it cannot, as shown beside the disabled command.
    pub fn enabled(self, app: &App) -> Result<(), T> {
        let in_text = app.focused_file().is_some();
        let editor = app.focused_file();
        match self {
            Command::Save | Command::SaveAs | Command::CloseFile => in_text.then_some(()).ok_or(T::WhyNoText),
            Command::Reload | Command::CompareWithDisk => match editor {
                None => Err(T::WhyNoText),
                Some(file) if file.path.is_none() => Err(T::WhyNotOnDisk),
                Some(_) => Ok(()),
            },
            Command::SaveAll => {
                app.files.iter().any(|f| f.editor.is_modified()).then_some(()).ok_or(T::WhyNothingModified)
            }
            Command::Undo => {
                editor.ok_or(T::WhyNoText)?.editor.can_undo().then_some(()).ok_or(T::WhyNothingToUndo)
            }
            Command::Redo => {
                editor.ok_or(T::WhyNoText)?.editor.can_redo().then_some(()).ok_or(T::WhyNothingToRedo)
            }
            Command::Paste => match editor {
                None => Err(T::WhyNoText),
                Some(file) if file.is_read_only() => Err(T::WhyReadOnly),
                Some(_) if app.clipboard.is_empty() => Err(T::WhyNothingCopied),
                Some(_) => Ok(()),
            },
            Command::Format => match editor {
                None => Err(T::WhyNoText),
                Some(file) if !file.is_rego() => Err(T::WhyNotAPolicy),
                Some(file) if file.is_read_only() => Err(T::WhyReadOnly),
                Some(_) => Ok(()),
            },
            Command::KeepMine | Command::TakeTheirs => match editor {
                Some(file) if file.on_disk != OnDisk::Same => Ok(()),
                _ => Err(T::WhyNoConflict),
            },
            Command::Cut
            | Command::Newline
            | Command::Backspace
            | Command::Delete
            | Command::Indent
            | Command::Outdent
            | Command::ToggleComment
            | Command::DuplicateLine
            | Command::MoveLineUp
            | Command::MoveLineDown
            | Command::DeleteWordLeft
            | Command::DeleteWordRight
            | Command::DeleteToLineEnd
            | Command::Replace => match editor {
                None => Err(T::WhyNoText),
                Some(file) if file.is_read_only() => Err(T::WhyReadOnly),
                Some(_) => Ok(()),
            },
            Command::Definition | Command::References | Command::Outline | Command::Hover => match editor {
                None => Err(T::WhyNoText),
                Some(file) if !file.is_rego() => Err(T::WhyNoNames),
                Some(_) => Ok(()),
            },
            Command::Rename => match editor {
                None => Err(T::WhyNoText),
                Some(file) if !file.is_rego() => Err(T::WhyNoNames),
                Some(file) if file.is_read_only() => Err(T::WhyReadOnly),
                Some(_) => Ok(()),
            },
            Command::QuickFix => match editor {
                None => Err(T::WhyNoText),
                Some(file) if file.is_read_only() => Err(T::WhyReadOnly),
                Some(file) => file.fix_here().map(|_| ()).ok_or(T::WhyNoFix),
            },
            Command::Complete => match editor {
                None => Err(T::WhyNoText),
                Some(file) if file.role == Role::Data => Err(T::WhyNoCompletion),
                Some(file) if file.is_read_only() => Err(T::WhyReadOnly),
                Some(_) => Ok(()),
            },
            Command::Copy
            | Command::SelectAll
            | Command::FoldToggle
            | Command::FoldAll
            | Command::Find
            | Command::GoToLine
            | Command::MatchingBracket
            | Command::DocumentStart
            | Command::DocumentEnd => in_text.then_some(()).ok_or(T::WhyNoText),
            Command::FindNext | Command::FindPrevious => {
                in_text.then_some(()).ok_or(T::WhyNoText)?;
                app.search.is_some().then_some(()).ok_or(T::WhyNoSearch)
            }
            Command::UnfoldAll => {
                let folds = editor.ok_or(T::WhyNoText)?.editor.folds();
                (!folds.is_empty()).then_some(()).ok_or(T::WhyNothingFolded)
            }
            Command::NextFile | Command::PreviousFile => {
                (app.files.len() > 1).then_some(()).ok_or(T::WhyOneFile)
            }
            Command::Recover => (!app.recovered.is_empty()).then_some(()).ok_or(T::WhyNothingRecovered),
            Command::NextProblem | Command::PreviousProblem => {
                app.has_problems().then_some(()).ok_or(T::WhyNoProblem)
            }
            Command::GoToManifest
            | Command::GoToRule
            | Command::NextFinding
            | Command::PreviousFinding
            | Command::ShowWhole => app.decision.shown.is_some().then_some(()).ok_or(T::WhyNoFinding),
            Command::NextDocument | Command::PreviousDocument => {
                (app.decision.documents() > 1).then_some(()).ok_or(T::WhyOneDocument)
            }
            Command::Policies => {
                let policy = app.files.iter().any(|file| file.role == Role::Policy);
                policy.then_some(()).ok_or(T::WhyNoPolicy)
            }
            Command::NextPolicy | Command::PreviousPolicy => {
                (app.decision.policies() > 1).then_some(()).ok_or(T::WhyOnePolicy)
            }
            Command::DryRun | Command::DryRunAll | Command::DryRunSeveral => {
                let manifest = app.files.iter().any(|file| file.role == Role::Manifest);
                manifest.then_some(()).ok_or(T::WhyNoDocument)
            }
            Command::DryRunAgain => (!app.cluster.rows.is_empty()).then_some(()).ok_or(T::WhyNoAnswer),
            Command::DryRunOnSave => app.cluster.contacted.then_some(()).ok_or(T::WhyNotContacted),
            Command::StopAsking => app.cluster.is_running().then_some(()).ok_or(T::WhyNothingAsked),
            Command::AnswerWhole | Command::AnswerRaw | Command::AnswerCopy => {
                app.cluster.shown().is_some().then_some(()).ok_or(T::WhyNoAnswer)
            }
            Command::AnswerDiff => {
                let stored = app.cluster.shown().ok_or(T::WhyNoAnswer)?.stored.is_some();
                stored.then_some(()).ok_or(T::WhyNotStored)
            }
            Command::AnswerGo => {
                let place = app.cluster.shown().ok_or(T::WhyNoAnswer).map(|_| app.answer_place())?;
                place.is_some().then_some(()).ok_or(T::WhyNoPlace)
            }
            Command::AnswerWhy => {
                app.cluster.shown().ok_or(T::WhyNoAnswer)?;
                app.differs().is_some().then_some(()).ok_or(T::WhyAgrees)
            }
            Command::NextRow | Command::PreviousRow | Command::NextContext | Command::PreviousContext => {
                (!app.cluster.rows.is_empty()).then_some(()).ok_or(T::WhyNoAnswer)
            }
            Command::RequestReset => (app.asked != Asked { off: app.asked.off.clone(), ..Asked::default() })
                .then_some(())
                .ok_or(T::WhyRequestAsAtStart),
            Command::LongerLimit => app.decision.timed_out().then_some(()).ok_or(T::WhyNoTimeout),
            _ => Ok(()),
        }
    }
}
