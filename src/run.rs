//! The loop: receive one message, drain the rest, update, run effects, draw once.
