//! The AWS side over the wire: the real SDK against local AWS and, where it is installed, against moto.

mod calls;
mod faults;
mod moto;
mod reading;
mod stage;
mod suite;
mod support;
