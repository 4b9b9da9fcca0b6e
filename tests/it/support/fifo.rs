//! A named pipe that a program under test holds, so that its beginning and its end are heard.

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;

/// Makes the pipe. Something is received when a program has opened it, and the thread ends when no program has it open any more.
pub(crate) fn watch_fifo(pipe: &Path) -> (Receiver<()>, JoinHandle<()>) {
    let made = std::process::Command::new("mkfifo").arg(pipe).status().expect("mkfifo");
    assert!(made.success());
    let (begins, begun) = std::sync::mpsc::channel();
    let pipe = pipe.to_owned();
    let reader = std::thread::spawn(move || {
        let mut pipe = std::fs::File::open(pipe).expect("the pipe");
        begins.send(()).expect("heard");
        std::io::copy(&mut pipe, &mut std::io::sink()).expect("an end");
    });
    (begun, reader)
}
