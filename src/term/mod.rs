//! (in the making)
pub mod decode;
