//! State and update, without any I/O: `App::update(Msg, Now) -> Vec<Effect>`.

pub mod effect;
pub mod input;
pub mod layout;
pub mod msg;
