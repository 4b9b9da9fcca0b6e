//! Reusable widgets of screens and dialogs, independent of the data they show.

pub(crate) mod ascii;
pub(crate) mod bar;
pub(crate) mod choice_field;
pub(crate) mod column_fit;
pub(crate) mod columns;
pub(crate) mod cursor;
pub(crate) mod field;
pub(crate) mod follower;
pub(crate) mod form;
pub(crate) mod highlight;
pub(crate) mod panel;
pub(crate) mod prompt;
pub(crate) mod sparkline;
pub(crate) mod table;
pub(crate) mod text_field;
pub(crate) mod timeline;
pub(crate) mod toggle_field;
