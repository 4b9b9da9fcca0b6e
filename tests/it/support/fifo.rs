//! Detects the start and end of a program through a named pipe that the program holds open.

use std::path::Path;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;

/// Creates the pipe. The receiver gets a message when a program opens the pipe; the thread ends when no program has the
/// pipe open any longer.
pub(crate) fn watch_fifo(pipe: &Path) -> (Receiver<()>, JoinHandle<()>) {
    let status = std::process::Command::new("mkfifo").arg(pipe).status().expect("mkfifo");
    assert!(status.success());
    let (sender, receiver) = std::sync::mpsc::channel();
    let pipe = pipe.to_owned();
    let reader = std::thread::spawn(move || {
        let mut pipe = std::fs::File::open(pipe).expect("the pipe");
        sender.send(()).expect("a receiver");
        std::io::copy(&mut pipe, &mut std::io::sink()).expect("an exit");
    });
    (receiver, reader)
}
