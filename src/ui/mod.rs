//! Draws an `&App` into a frame and changes nothing.
//!
//! Every cell goes through [`pen`], which clips, keeps wide characters whole and shows hidden ones as markers. Colours
//! come from [`theme`], signs and borders from [`glyphs`], rectangles from [`app::layout`](crate::app::layout).

pub mod canvas;
pub mod editor;
pub mod glyphs;
pub mod pen;
pub mod plain;
pub mod svg;
pub mod theme;
