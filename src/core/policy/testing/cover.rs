//! Writes a module that records what of it is evaluated.
