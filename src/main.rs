//! The program: command line to face to exit status.

fn main() {}
