//! What can be asked and done, for both faces: one operation a file.
//!
//! Everything here is a value in and a value or a [`Failure`](crate::aws::Failure) out; progress and cancelling go
//! through [`Run`].

pub mod model;

pub use model::{Applied, CallRequest, Loaded, ProbeEnd, ProbePlan, Progress, Query, Route, Run, Sample};
