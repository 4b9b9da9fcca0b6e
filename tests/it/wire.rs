//! The AWS side over the wire: the real SDK against local AWS and, where it is installed, against moto.

mod reading;
mod support;
