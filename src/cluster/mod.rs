//! The cluster: reading kubeconfigs, connecting, and asking with dry-runs.
//!
//! Nothing is executed or contacted before something is asked. [`kubeconfig`] reads files and [`context`] holds what a
//! context meant when it was chosen; [`exec`] runs the program that gets credentials, once and only if the user
//! agreed; [`session`] connects; [`dry_run`] asks about one object; [`runtime`] does all of it on a thread of its
//! own, with commands going in and events coming out.
//!
//! Architecture invariant: this is the only place that names kube and tokio. Only [`transport`] makes a client, and it
//! puts [`guard`] below everything else: no write ever leaves.
//!
//! Architecture invariant: tokens, keys and the output of plugins are in no error, event, log or `Debug`.

pub mod context;
pub mod dry_run;
pub mod environment;
pub mod exec;
pub mod guard;
pub mod kubeconfig;
pub mod proxy;
pub mod runtime;
pub mod session;
mod transport;
mod trust;
